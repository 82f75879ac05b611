/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * rate_limit: how often a client may ask (tenant setting attackProtection.requests_per_minute;
 * off by default, because a silent request costs next to nothing). A request is spread over
 * the minute: a burst of as many as a minute allows is let through, then one each
 * 60/requests seconds (GCRA). Kept in memory, for each process; clients whose names fall on
 * the same of 4096 slots share one, which only makes their limit tighter.
 *
 * Contract, section 8, "Limits by default".
 */

#include <stdbool.h>

#include "http/request.h"
#include "oidc/fault.h"
#include "tenant/provider.h"

/* What a client is told that asks too often: 429. /authorize has its own words. */
extern const struct fault rate_limit_fault;

/* 0: go on. Else the seconds after which to try again; the request was not counted. */
int64_t rate_limit_take(const struct provider *, const struct tenant *, struct str client_id,
	const struct http_request *);
