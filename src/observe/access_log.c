/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/access_log.h"

#include <stdatomic.h>
#include <stdio.h>

#include "base/log.h"

static atomic_int current = ACCESS_LOG_FAILURES;

void access_log_set(enum access_log_mode mode)
{
	atomic_store_explicit(&current, (int)mode, memory_order_relaxed);
}

static const char *method_name(enum http_method method)
{
	switch (method) {
	case HTTP_GET:
		return "GET";
	case HTTP_HEAD:
		return "HEAD";
	case HTTP_POST:
		return "POST";
	case HTTP_PUT:
		return "PUT";
	case HTTP_PATCH:
		return "PATCH";
	case HTTP_DELETE:
		return "DELETE";
	case HTTP_OPTIONS:
		return "OPTIONS";
	}
	return "other";
}

void access_log(const struct http_request *rq, const char *route,
	const struct http_response *rs, int64_t microseconds)
{
	int mode = atomic_load_explicit(&current, memory_order_relaxed);
	/* 505 is what the client did wrong. */
	bool failed = rs->status >= 500 && rs->status != 505;
	char status[12];
	char ms[32];

	if (mode == ACCESS_LOG_OFF || (mode == ACCESS_LOG_FAILURES && !failed))
		return;

	(void)snprintf(status, sizeof(status), "%d", rs->status);
	(void)snprintf(ms, sizeof(ms), "%.3f", (double)microseconds / 1000.0);
	log_line(failed ? LOG_WARN : LOG_INFO, "access", failed ? "failed" : "answered",
		"request_id", arena_cstr(rq->arena, rq->id), "method", method_name(rq->method),
		"route", route, "status", status, "ms", ms, "reason",
		rs->reason != NULL ? rs->reason : "none", NULL);
}
