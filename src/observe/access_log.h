/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * access_log: one JSON line for a request: its id, method, route name, status, milliseconds
 * and reason. Never the path, query, cookies, body or address: codes, tokens and people are
 * in them, and the id leads to the trace.
 */

#include <stdint.h>

#include "http/request.h"
#include "http/response.h"

enum access_log_mode {
	ACCESS_LOG_FAILURES, /* status 500 and above, as warnings; the default */
	ACCESS_LOG_ALL,      /* every request: failures as warnings, the rest as information */
	ACCESS_LOG_OFF
};

/* For the whole process; may be changed while it serves. */
void access_log_set(enum access_log_mode);

void access_log(const struct http_request *, const char *route, const struct http_response *,
	int64_t microseconds);
