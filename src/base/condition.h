/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * condition: a condition variable that waits by the monotonic clock, so that no change of the
 * wall clock makes a thread sleep too long or not at all.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Destroyed by its owner, with pthread_cond_destroy(). */
void condition_init(pthread_cond_t *);

/* With the mutex held, as pthread_cond_timedwait(); until `mono_us` (clock_mono_us). False:
 * that time has come. It may also wake for nothing. */
bool condition_wait_until(pthread_cond_t *, pthread_mutex_t *, int64_t mono_us);
