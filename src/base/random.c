/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/base64.h"

enum { STOCK = 1024, FEW = 64 };

struct stock {
	unsigned char bytes[STOCK];
	size_t left; /* the first ones */
	unsigned forks;
};

static _Thread_local struct stock mine;
static atomic_uint forks;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void count_fork(void)
{
	atomic_fetch_add(&forks, 1);
}

static void watch_forks(void)
{
	if (pthread_atfork(NULL, NULL, count_fork) != 0)
		abort();
}

static void fetch(unsigned char *to, size_t n)
{
	while (n > 0) {
		ssize_t got = getrandom(to, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* nothing may go on with guessable bytes */
		to += got;
		n -= (size_t)got;
	}
}

static void refill(struct stock *stock)
{
	pthread_once(&once, watch_forks);
	stock->forks = atomic_load(&forks);
	fetch(stock->bytes, STOCK);
	stock->left = STOCK;
}

void random_bytes(void *p, size_t n)
{
	struct stock *stock = &mine;

	if (n > FEW) {
		fetch(p, n);
		return;
	}
	if (n > stock->left ||
		stock->forks != atomic_load_explicit(&forks, memory_order_relaxed))
		refill(stock);
	stock->left -= n;
	if (n > 0)
		memcpy(p, stock->bytes + stock->left, n);
	explicit_bzero(stock->bytes + stock->left, n);
}

struct str random_token(struct arena *a, size_t bytes)
{
	void *p = arena_alloc(a, bytes);

	random_bytes(p, bytes);
	return base64url_encode(a, p, bytes);
}
