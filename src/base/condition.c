/* SPDX-License-Identifier: Apache-2.0 */
#include "base/condition.h"

#include <errno.h>
#include <time.h>

enum { SECOND_US = 1000000, US_NS = 1000 };

void condition_init(pthread_cond_t *c)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(c, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

bool condition_wait_until(pthread_cond_t *c, pthread_mutex_t *mutex, int64_t mono_us)
{
	struct timespec at = { mono_us / SECOND_US, mono_us % SECOND_US * US_NS };

	return pthread_cond_timedwait(c, mutex, &at) != ETIMEDOUT;
}
