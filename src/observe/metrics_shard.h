/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * metrics_shard: the numbers of one thread. metrics.c writes them, metrics_text.c adds them
 * up. A series is written whole before `used` is set, and never changes its labels after.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "observe/metrics.h"

enum {
	HISTOGRAM_BOUNDS = 14,
	REQUEST_SERIES = 256,
	SILENT_SERIES = 1024,
	/* Above this many, a new client is "other"; the rest is room for its reasons. */
	SILENT_CLIENTS_MAX = 768,
	METRICS_CLIENT_MAX = 64,
};

struct histogram_bound {
	int64_t microseconds;
	const char *seconds;
};
extern const struct histogram_bound histogram_bounds[HISTOGRAM_BOUNDS];

/* in[i]: above bound i-1 and at most bound i; the last: above all. Not cumulative. */
struct histogram {
	_Atomic uint64_t in[HISTOGRAM_BOUNDS + 1];
	_Atomic uint64_t sum; /* microseconds */
};

struct request_series {
	atomic_bool used;
	int status;
	const char *route;
	struct histogram seconds;
};

struct silent_series {
	atomic_bool used;
	const char *outcome;
	const char *reason;
	_Atomic uint64_t count;
	size_t client_n;
	char client[METRICS_CLIENT_MAX];
};

struct metrics_shard {
	struct metrics_shard *next;
	atomic_bool owned;
	size_t silent_used;
	struct histogram store_write;
	_Atomic uint64_t logout_calls[METRICS_CALLS];
	struct request_series requests[REQUEST_SERIES];
	struct silent_series silent[SILENT_SERIES];
};

/* All there are, newest first; none is ever freed. */
struct metrics_shard *metrics_shards(void);
