/* SPDX-License-Identifier: Apache-2.0 */
#include "front/pool.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	pool_run_fn *run;
	struct pool_task *first;
	struct pool_task **last;
	size_t waiting; /* reserved places, filled or not */
	size_t queue;
	bool closed;
	unsigned count;
	pthread_t threads[];
};

static struct pool_task *take(struct pool *pool, bool *ret_late)
{
	struct pool_task *task;

	(void)pthread_mutex_lock(&pool->lock);
	while (pool->first == NULL && !(pool->closed && pool->waiting == 0))
		(void)pthread_cond_wait(&pool->filled, &pool->lock);
	task = pool->first;
	if (task != NULL) {
		pool->first = task->next;
		if (pool->first == NULL)
			pool->last = &pool->first;
		pool->waiting--;
	}
	*ret_late = pool->closed;
	if (pool->closed && pool->waiting == 0)
		(void)pthread_cond_broadcast(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
	return task;
}

static void *work(void *context)
{
	struct pool *pool = context;
	bool late = false;

	for (;;) {
		struct pool_task *task = take(pool, &late);

		if (task == NULL)
			return NULL;
		pool->run(task, late);
	}
}

struct pool *pool_new(unsigned threads, size_t queue, pool_run_fn *run)
{
	struct pool *pool = calloc(1, sizeof(*pool) + threads * sizeof(pthread_t));

	if (pool == NULL)
		abort();
	(void)pthread_mutex_init(&pool->lock, NULL);
	(void)pthread_cond_init(&pool->filled, NULL);
	pool->run = run;
	pool->last = &pool->first;
	pool->queue = queue;
	while (pool->count < threads &&
		pthread_create(&pool->threads[pool->count], NULL, work, pool) == 0)
		pool->count++;
	if (pool->count > 0)
		return pool;
	pool_free(pool);
	return NULL;
}

bool pool_reserve(struct pool *pool)
{
	bool room;

	(void)pthread_mutex_lock(&pool->lock);
	room = !pool->closed && pool->waiting < pool->queue;
	if (room)
		pool->waiting++;
	(void)pthread_mutex_unlock(&pool->lock);
	return room;
}

void pool_push(struct pool *pool, struct pool_task *task)
{
	task->next = NULL;
	(void)pthread_mutex_lock(&pool->lock);
	assert(pool->waiting > 0);
	*pool->last = task;
	pool->last = &task->next;
	(void)pthread_cond_signal(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
}

void pool_close(struct pool *pool)
{
	(void)pthread_mutex_lock(&pool->lock);
	pool->closed = true;
	(void)pthread_cond_broadcast(&pool->filled);
	(void)pthread_mutex_unlock(&pool->lock);
	for (; pool->count > 0; pool->count--)
		(void)pthread_join(pool->threads[pool->count - 1], NULL);
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	pool_close(pool);
	(void)pthread_cond_destroy(&pool->filled);
	(void)pthread_mutex_destroy(&pool->lock);
	free(pool);
}
