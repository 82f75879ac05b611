/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pool: threads that may block, with a queue of bounded length in front. It does not know
 * what a task is.
 */

#include <stdbool.h>
#include <stddef.h>

struct pool;

/* Embedded in what is to be run; belongs to the pool from pool_push until `run` is called. */
struct pool_task {
	struct pool_task *next;
};

/* `late`: the pool is being closed, and the task should only be answered, not done. */
typedef void pool_run_fn(struct pool_task *, bool late);

/* NULL when no thread can be had. */
struct pool *pool_new(unsigned threads, size_t queue, pool_run_fn *run);

/* A place in the queue, which pool_push then fills. False: it is full, or closed. */
bool pool_reserve(struct pool *);
void pool_push(struct pool *, struct pool_task *);

/* No more places: what waits is run with `late`, and what runs is waited for. */
void pool_close(struct pool *);

/* Closes and frees. NULL is accepted. */
void pool_free(struct pool *);
