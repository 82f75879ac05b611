/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * record: what an endpoint leaves behind of a request: an event of the tenant's log, and for
 * a failure a trace, so that /why and `tacit explain` can say more. Never a token, code,
 * cookie or password.
 */

#include "http/request.h"
#include "oidc/fault.h"
#include "tenant/provider.h"

struct record {
	const char *route;         /* "token", as in routes.c */
	const char *type;          /* the event's type; NULL: a trace only */
	const struct fault *fault; /* NULL: it went well */
	struct str client_id;
	struct str user_id;
	struct str sid;
	struct str facts; /* JSON object, or empty */
};

void record(const struct provider *, const struct tenant *, const struct http_request *,
	const struct record *);
