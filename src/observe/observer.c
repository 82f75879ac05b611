/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/observer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/chore.h"
#include "base/clock.h"
#include "observe/packed.h"

/*
 * A bucket counts what came of one (kind, client, type, reason) in the current window.
 * The first of a window go on at once. Of those above the rate, the first is held, and the
 * rest only add to its weight; when the window is over it goes on, too: no event is lost
 * from the sum of the weights. Two keys that share a bucket push each other out, which
 * costs records, never counts.
 */
enum {
	BUCKETS = 1024, /* a power of two */
	STRIPES = 16,
	WINDOW_MS = 250,
	WINDOWS_PER_SECOND = 1000 / WINDOW_MS,
	TICK_MS = 100,
	/* Traces, for each client and reason. A refusal is looked up by its id from the page
	 * that it sent somebody to; success hardly ever is. */
	REFUSALS_PER_WINDOW = 50,
	SUCCESSES_PER_WINDOW = 1,
	REFUSALS_KEPT = 500,
	SUCCESSES_KEPT = 20,
};

struct bucket {
	uint64_t key;
	int64_t since_ms; /* monotonic */
	unsigned count;
	struct packed *held;
	struct db *db; /* of held */
};

struct observer {
	unsigned events_per_window;
	pthread_mutex_t stripes[STRIPES];
	struct bucket buckets[BUCKETS];
	struct chore *ticking;
};

static int64_t mono_ms(void)
{
	return clock_mono_us() / 1000;
}

/* Writes what the bucket holds. Under its stripe. */
static void let_go(struct bucket *b)
{
	if (b->held)
		packed_write(b->held, b->db);
	b->held = NULL;
}

static bool tick(struct chore *chore, struct arena *a, void *arg)
{
	struct observer *o = arg;
	int64_t now = mono_ms();

	(void)chore;
	(void)a;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct bucket *b = &o->buckets[i];

		pthread_mutex_lock(&o->stripes[i % STRIPES]);
		if (b->held && now - b->since_ms >= WINDOW_MS)
			let_go(b);
		pthread_mutex_unlock(&o->stripes[i % STRIPES]);
	}
	return false;
}

struct observer *observer_new(unsigned samples_per_second)
{
	struct observer *o = calloc(1, sizeof(*o));
	struct chore_config config = { .turn = tick, .arg = o, .rest_ms = TICK_MS };

	if (!o)
		abort();
	o->events_per_window =
		(samples_per_second + WINDOWS_PER_SECOND - 1) / WINDOWS_PER_SECOND;
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_init(&o->stripes[i], NULL);
	if (chore_start(&config, &o->ticking))
		abort();
	return o;
}

void observer_free(struct observer *o)
{
	if (!o)
		return;
	chore_stop(o->ticking);
	for (size_t i = 0; i < BUCKETS; i++)
		let_go(&o->buckets[i]);
	for (size_t i = 0; i < STRIPES; i++)
		pthread_mutex_destroy(&o->stripes[i]);
	free(o);
}

static uint64_t mix(uint64_t key, uint64_t more)
{
	key = (key ^ more) * 0x9E3779B97F4A7C15u;
	return key ^ key >> 32;
}

static uint64_t key_of(const struct tenant *t, const char *kind, struct str client_id,
	struct str type, struct str reason)
{
	uint64_t key = mix((uint64_t)(uintptr_t)t->db, str_hash(str_from(kind)));

	return mix(mix(mix(key, str_hash(client_id)), str_hash(type)), str_hash(reason));
}

/* The key's bucket in a window that is not over, its stripe locked. */
static struct bucket *bucket_lock(struct observer *o, uint64_t key)
{
	size_t i = key % BUCKETS;
	struct bucket *b = &o->buckets[i];
	int64_t now = mono_ms();

	pthread_mutex_lock(&o->stripes[i % STRIPES]);
	if (b->key != key || now - b->since_ms >= WINDOW_MS) {
		let_go(b);
		*b = (struct bucket){ .key = key, .since_ms = now };
	}
	return b;
}

static void bucket_unlock(struct observer *o, const struct bucket *b)
{
	pthread_mutex_unlock(&o->stripes[(size_t)(b - o->buckets) % STRIPES]);
}

void observer_event(struct observer *o, const struct tenant *t, const struct event *event)
{
	struct bucket *b = bucket_lock(
		o, key_of(t, "event", event->client_id, event->type, event->reason));

	if (b->count < o->events_per_window) {
		b->count++;
		packed_write(packed_event(event), t->db);
	} else if (b->held) {
		packed_weigh(b->held);
	} else {
		b->held = packed_event(event);
		b->db = t->db;
	}
	bucket_unlock(o, b);
}

void observer_trace(struct observer *o, const struct tenant *t, const struct trace *trace)
{
	bool ok = trace->reason.n == 0;
	unsigned limit = ok ? SUCCESSES_PER_WINDOW : REFUSALS_PER_WINDOW;
	struct bucket *b = bucket_lock(
		o, key_of(t, "trace", trace->client_id, (struct str){ 0 }, trace->reason));
	bool keep = b->count < limit;

	b->count += keep;
	bucket_unlock(o, b);
	if (keep)
		packed_write(packed_trace(trace, ok ? SUCCESSES_KEPT : REFUSALS_KEPT), t->db);
}
