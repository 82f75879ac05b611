/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

static _Atomic int64_t offset_ms;

static int64_t read_us(clockid_t which)
{
	struct timespec t;
	int failed = clock_gettime(which, &t);

	assert(!failed);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_now(void)
{
	return clock_now_ms() / 1000;
}

int64_t clock_now_ms(void)
{
	return read_us(CLOCK_REALTIME) / 1000 +
	       atomic_load_explicit(&offset_ms, memory_order_relaxed);
}

int64_t clock_mono_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void clock_set_offset(int64_t seconds)
{
	atomic_store_explicit(&offset_ms, seconds * 1000, memory_order_relaxed);
}

static char *put_digits(char *at, int count, int value)
{
	for (int i = count - 1; i >= 0; i--, value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + count;
}

/* By hand: the library's way is a good part of what an action's event costs. */
void clock_iso_write(char ret[static CLOCK_ISO_SIZE], int64_t epoch_ms)
{
	int64_t ms = (epoch_ms % 1000 + 1000) % 1000;
	time_t seconds = (epoch_ms - ms) / 1000;
	struct tm t = { 0 };
	char *at = ret;

	gmtime_r(&seconds, &t);
	assert(t.tm_year >= -1900 && t.tm_year <= 8099);
	at = put_digits(at, 4, t.tm_year + 1900);
	*at++ = '-';
	at = put_digits(at, 2, t.tm_mon + 1);
	*at++ = '-';
	at = put_digits(at, 2, t.tm_mday);
	*at++ = 'T';
	at = put_digits(at, 2, t.tm_hour);
	*at++ = ':';
	at = put_digits(at, 2, t.tm_min);
	*at++ = ':';
	at = put_digits(at, 2, t.tm_sec);
	*at++ = '.';
	at = put_digits(at, 3, (int)ms);
	*at++ = 'Z';
	*at = '\0';
}

struct str clock_iso(struct arena *a, int64_t epoch_ms)
{
	char text[CLOCK_ISO_SIZE];

	clock_iso_write(text, epoch_ms);
	return arena_str(a, str_from(text));
}
