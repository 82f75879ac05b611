/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * metrics: counters and histograms in the Prometheus text format (version 0.0.4).
 *
 * Each thread counts in memory of its own, without a lock; the numbers are added up when
 * they are read. What a thread counted stays when it ends. Label sets are bounded: when a
 * thread has seen too many, further ones count under the label "other".
 */

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* tacit_request_seconds{route,status}. `route` is a literal (struct route's name). */
void metrics_request(const char *route, int status, int64_t microseconds);

/*
 * tacit_silent_total{client,outcome,reason}: client is the client_id ("unknown" when there is
 * no such client), outcome "ok" or the error code, reason "none" or the reason. `outcome` and
 * `reason` are literals.
 */
void metrics_count_silent(struct str client, const char *outcome, const char *reason);

/* tacit_store_write_seconds: from the call of a durable write to its acknowledgement. */
void metrics_store_write(int64_t microseconds);

/* tacit_logout_calls_total{outcome}: clients told of a log-out, one by one. */
enum metrics_call { METRICS_CALL_OK, METRICS_CALL_RETRY, METRICS_CALL_FAILED, METRICS_CALLS };
void metrics_logout_call(enum metrics_call outcome);

/*
 * A gauge that is asked when the metrics are read, on the reading thread ("tacit_sessions").
 * `name` and `help` are literals. At most METRICS_GAUGES_MAX; a name that is there already is
 * replaced; a NULL `read` takes it away.
 */
enum { METRICS_GAUGES_MAX = 32 };
void metrics_gauge(
	const char *name, const char *help, int64_t (*read)(void *context), void *context);

/* Everything, as text. The media type is METRICS_MEDIA_TYPE. */
#define METRICS_MEDIA_TYPE "text/plain; version=0.0.4; charset=utf-8"
struct str metrics_text(struct arena *);
