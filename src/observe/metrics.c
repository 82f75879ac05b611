/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "observe/metrics_shard.h"

static _Atomic(struct metrics_shard *) shards;
static _Thread_local struct metrics_shard *mine;
static pthread_key_t at_exit;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void give_back(void *shard)
{
	atomic_store_explicit(
		&((struct metrics_shard *)shard)->owned, false, memory_order_release);
}

static void make_key(void)
{
	int failed = pthread_key_create(&at_exit, give_back);

	assert(failed == 0);
	(void)failed;
}

/* One that a thread which ended left behind, numbers and all; or a new one. */
static struct metrics_shard *claim(void)
{
	struct metrics_shard *shard = atomic_load(&shards);

	for (; shard != NULL; shard = shard->next) {
		bool unowned = false;

		if (atomic_compare_exchange_strong(&shard->owned, &unowned, true))
			return shard;
	}
	shard = calloc(1, sizeof(*shard));
	if (shard == NULL)
		abort();
	atomic_store(&shard->owned, true);
	shard->next = atomic_load(&shards);
	while (!atomic_compare_exchange_weak(&shards, &shard->next, shard))
		;
	return shard;
}

static struct metrics_shard *shard_of_thread(void)
{
	if (mine != NULL)
		return mine;
	(void)pthread_once(&once, make_key);
	mine = claim();
	(void)pthread_setspecific(at_exit, mine);
	return mine;
}

/* Only the owner writes, so a plain load and store is enough; readers see a whole number. */
static void add(_Atomic uint64_t *number, uint64_t n)
{
	uint64_t was = atomic_load_explicit(number, memory_order_relaxed);

	atomic_store_explicit(number, was + n, memory_order_relaxed);
}

static void observe(struct histogram *h, int64_t microseconds)
{
	size_t i = 0;

	while (i < HISTOGRAM_BOUNDS && microseconds > histogram_bounds[i].microseconds)
		i++;
	add(&h->in[i], 1);
	add(&h->sum, microseconds > 0 ? (uint64_t)microseconds : 0);
}

void metrics_store_write(int64_t microseconds)
{
	observe(&shard_of_thread()->store_write, microseconds);
}

void metrics_logout_call(enum metrics_call outcome)
{
	add(&shard_of_thread()->logout_calls[outcome], 1);
}

static size_t mix(uintptr_t a, uintptr_t b)
{
	uint64_t x = ((uint64_t)a >> 3) * 0x9e3779b97f4a7c15u;

	x ^= ((uint64_t)b + 1) * 0xc2b2ae3d27d4eb4fu;
	return (size_t)(x >> 32);
}

static struct request_series *request_series(const char *route, int status)
{
	struct metrics_shard *shard = shard_of_thread();
	size_t at = mix((uintptr_t)route, (uintptr_t)status);

	for (size_t i = 0; i < REQUEST_SERIES - 1; i++, at++) {
		struct request_series *s = &shard->requests[at % (REQUEST_SERIES - 1)];

		if (!atomic_load_explicit(&s->used, memory_order_relaxed)) {
			s->route = route;
			s->status = status;
			atomic_store_explicit(&s->used, true, memory_order_release);
			return s;
		}
		if (s->route == route && s->status == status)
			return s;
	}
	return NULL;
}

/* The last place is kept for what found none. */
static struct request_series *request_overflow(void)
{
	struct request_series *s = &shard_of_thread()->requests[REQUEST_SERIES - 1];

	s->route = "other";
	atomic_store_explicit(&s->used, true, memory_order_release);
	return s;
}

void metrics_request(const char *route, int status, int64_t microseconds)
{
	struct request_series *s = request_series(route, status);

	observe(s != NULL ? &s->seconds : &request_overflow()->seconds, microseconds);
}

static bool silent_is(const struct silent_series *s, struct str client, const char *outcome,
	const char *reason)
{
	return s->outcome == outcome && s->reason == reason &&
	       str_eq((struct str){ s->client, s->client_n }, client);
}

static struct silent_series *silent_series(
	struct str client, const char *outcome, const char *reason, size_t limit)
{
	struct metrics_shard *shard = shard_of_thread();
	size_t at = (size_t)str_hash(client) ^ mix((uintptr_t)outcome, (uintptr_t)reason);

	for (;; at++) {
		struct silent_series *s = &shard->silent[at % SILENT_SERIES];

		if (atomic_load_explicit(&s->used, memory_order_relaxed)) {
			if (silent_is(s, client, outcome, reason))
				return s;
			continue;
		}
		if (shard->silent_used >= limit)
			return NULL;
		shard->silent_used++;
		memcpy(s->client, client.p, client.n);
		s->client_n = client.n;
		s->outcome = outcome;
		s->reason = reason;
		atomic_store_explicit(&s->used, true, memory_order_release);
		return s;
	}
}

void metrics_count_silent(struct str client, const char *outcome, const char *reason)
{
	struct silent_series *s;

	if (client.n == 0)
		client = S("unknown");
	client = str_first(client, METRICS_CLIENT_MAX);
	if (!str_is_utf8(client))
		client = S("other");
	s = silent_series(client, outcome, reason, SILENT_CLIENTS_MAX);
	if (s == NULL)
		s = silent_series(S("other"), outcome, reason, SILENT_SERIES - 1);
	if (s != NULL)
		add(&s->count, 1);
}

struct metrics_shard *metrics_shards(void)
{
	return atomic_load(&shards);
}
