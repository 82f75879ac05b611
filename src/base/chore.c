/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chore.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/condition.h"

enum { ARENA = 64 * 1024, MS_US = 1000 };

struct chore {
	struct chore_config config;
	pthread_mutex_t mutex; /* for the next three */
	pthread_cond_t called;
	unsigned calls; /* how often somebody woke us */
	bool stop;
	unsigned thread_count;
	pthread_t threads[];
};

/* `calls` is what this thread had heard of before its turn. */
static void rest(struct chore *c, unsigned calls)
{
	int64_t until = clock_mono_us() + c->config.rest_ms * (int64_t)MS_US;
	bool in_time = true;

	pthread_mutex_lock(&c->mutex);
	while (in_time && !c->stop && c->calls == calls)
		in_time = condition_wait_until(&c->called, &c->mutex, until);
	pthread_mutex_unlock(&c->mutex);
}

/* False: no more turns. */
static bool begin_turn(struct chore *c, unsigned *ret_calls)
{
	bool stop;

	pthread_mutex_lock(&c->mutex);
	*ret_calls = c->calls;
	stop = c->stop;
	pthread_mutex_unlock(&c->mutex);
	return !stop;
}

static void *run(void *arg)
{
	struct chore *c = arg;
	struct arena *a = arena_new(ARENA);
	unsigned calls;

	while (begin_turn(c, &calls)) {
		bool more = c->config.turn(c, a, c->config.arg);

		arena_reset(a);
		if (!more)
			rest(c, calls);
	}
	arena_free(a);
	return NULL;
}

static bool start_threads(struct chore *c)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (c->thread_count < c->config.threads &&
		pthread_create(&c->threads[c->thread_count], NULL, run, c) == 0)
		c->thread_count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return c->thread_count == c->config.threads;
}

enum err chore_start(const struct chore_config *config, struct chore **ret)
{
	unsigned threads = config->threads > 0 ? config->threads : 1;
	struct chore *c = calloc(1, sizeof(*c) + threads * sizeof(c->threads[0]));

	if (!c)
		abort();
	c->config = *config;
	c->config.threads = threads;
	pthread_mutex_init(&c->mutex, NULL);
	condition_init(&c->called);
	if (!start_threads(c)) {
		chore_stop(c);
		return ERR_IO;
	}
	*ret = c;
	return OK;
}

void chore_wake(struct chore *c)
{
	pthread_mutex_lock(&c->mutex);
	c->calls++;
	pthread_cond_broadcast(&c->called);
	pthread_mutex_unlock(&c->mutex);
}

bool chore_is_stopped(struct chore *c)
{
	bool stop;

	pthread_mutex_lock(&c->mutex);
	stop = c->stop;
	pthread_mutex_unlock(&c->mutex);
	return stop;
}

void chore_stop(struct chore *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stop = true;
	pthread_cond_broadcast(&c->called);
	pthread_mutex_unlock(&c->mutex);
	for (unsigned i = 0; i < c->thread_count; i++)
		pthread_join(c->threads[i], NULL);
	pthread_cond_destroy(&c->called);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}
