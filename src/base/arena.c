/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <assert.h>
#include <sanitizer/asan_interface.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGN = _Alignof(max_align_t),
	GROWN_MAX = 64 * 1024, /* blocks double up to here; what is larger gets its own */
};

struct block {
	struct block *next; /* the one before it in time */
	char *at;           /* free from here … */
	char *end;          /* … to here */
	_Alignas(max_align_t) char data[];
};

/*
 * Memory that was not handed out is zero at all times: it comes from calloc, and what was
 * handed out is wiped when it is given back. So allocating needs no memset, and resetting
 * costs in proportion to what was used.
 */
struct arena {
	struct block *current;
	struct block *large; /* blocks of one allocation each, full from the start */
	struct block *first;
	size_t grown; /* size of the next block */
};

static struct block *block_new(size_t size, struct block *next)
{
	struct block *b = calloc(1, sizeof(*b) + size);

	if (!b)
		abort();
	b->next = next;
	b->at = b->data;
	b->end = b->data + size;
	ASAN_POISON_MEMORY_REGION(b->data, size);
	return b;
}

static void block_wipe(struct block *b)
{
	size_t used = (size_t)(b->at - b->data);

	ASAN_UNPOISON_MEMORY_REGION(b->data, used);
	explicit_bzero(b->data, used);
	ASAN_POISON_MEMORY_REGION(b->data, used);
	b->at = b->data;
}

/* Frees the list down to `keep`, which stays. */
static void blocks_free(struct block *b, const struct block *keep)
{
	while (b != keep) {
		struct block *next = b->next;

		block_wipe(b);
		ASAN_UNPOISON_MEMORY_REGION(b->data, (size_t)(b->end - b->data));
		free(b);
		b = next;
	}
}

static size_t block_grown(size_t size)
{
	return size < GROWN_MAX / 2 ? size * 2 : GROWN_MAX;
}

/* A multiple of the alignment, never 0, so that every allocation has its own address. */
static size_t round_up(size_t n)
{
	assert(n <= PTRDIFF_MAX - 2 * ALIGN);
	return n == 0 ? ALIGN : (n + ALIGN - 1) & ~((size_t)ALIGN - 1);
}

struct arena *arena_new(size_t first)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (!a)
		abort();
	first = round_up(first);
	a->first = block_new(first, NULL);
	a->current = a->first;
	a->grown = block_grown(first);
	return a;
}

void arena_reset(struct arena *a)
{
	blocks_free(a->large, NULL);
	blocks_free(a->current, a->first);
	block_wipe(a->first);
	a->large = NULL;
	a->current = a->first;
	a->grown = block_grown((size_t)(a->first->end - a->first->data));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	blocks_free(a->large, NULL);
	blocks_free(a->current, NULL);
	free(a);
}

/* Where `size` more bytes fit. What is large stands aside, so that the room left in the
 * current block is not lost. */
static struct block *block_for(struct arena *a, size_t size)
{
	if (size > GROWN_MAX / 2) {
		a->large = block_new(size, a->large);
		return a->large;
	}
	while (size > a->grown / 2)
		a->grown = block_grown(a->grown);
	a->current = block_new(a->grown, a->current);
	a->grown = block_grown(a->grown);
	return a->current;
}

void *arena_alloc(struct arena *a, size_t n)
{
	size_t size = round_up(n);
	struct block *b = a->current;
	void *p;

	if (size > (size_t)(b->end - b->at))
		b = block_for(a, size);
	p = b->at;
	b->at += size;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_alloc_many(struct arena *a, size_t size, size_t n)
{
	size_t total;
	bool overflow = __builtin_mul_overflow(size, n, &total);

	assert(!overflow);
	return arena_alloc(a, total);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct str){ p, s.n };
}

struct str arena_printf(struct arena *a, const char *format, ...)
{
	char small[256];
	va_list args;
	va_list again;
	struct str s;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(small, sizeof(small), format, args);
	va_end(args);
	assert(n >= 0);
	if ((size_t)n < sizeof(small)) {
		s = arena_str(a, (struct str){ small, (size_t)n });
	} else {
		char *p = arena_alloc(a, (size_t)n + 1);

		vsnprintf(p, (size_t)n + 1, format, again);
		s = (struct str){ p, (size_t)n };
	}
	va_end(again);
	explicit_bzero(small, sizeof(small));
	return s;
}

const char *arena_cstr(struct arena *a, struct str s)
{
	assert(str_index(s, '\0') < 0);
	return arena_str(a, s).p;
}

static size_t blocks_used(const struct block *b)
{
	size_t used = 0;

	for (; b; b = b->next)
		used += (size_t)(b->at - b->data);
	return used;
}

size_t arena_used(const struct arena *a)
{
	return blocks_used(a->current) + blocks_used(a->large);
}
