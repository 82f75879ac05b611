/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { CAP_LEAST = 64 };

struct buf buf_new(struct arena *arena, size_t cap)
{
	struct buf b = { .arena = arena, .cap = cap < CAP_LEAST ? CAP_LEAST : cap };

	b.p = arena_alloc(arena, b.cap);
	return b;
}

/* Makes room for `more` bytes and the NUL behind them. */
static void reserve(struct buf *b, size_t more)
{
	size_t cap = b->cap;
	char *p;

	assert(more < SIZE_MAX / 4 - b->n);
	if (b->n + more < cap)
		return;
	while (cap <= b->n + more)
		cap *= 2;
	p = arena_alloc(b->arena, cap);
	memcpy(p, b->p, b->n);
	b->p = p;
	b->cap = cap;
}

void buf_add(struct buf *b, struct str s)
{
	if (s.n == 0)
		return;
	reserve(b, s.n);
	memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void buf_addc(struct buf *b, char c)
{
	reserve(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void buf_addf(struct buf *b, const char *format, ...)
{
	va_list args;
	va_list again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(b->p + b->n, b->cap - b->n, format, args);
	va_end(args);
	assert(n >= 0);
	if ((size_t)n >= b->cap - b->n) {
		reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, b->cap - b->n, format, again);
	}
	va_end(again);
	b->n += (size_t)n;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p, b->n };
}
