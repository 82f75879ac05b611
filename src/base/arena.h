/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * arena: all the memory of one request, given back at once.
 *
 * Allocation cannot fail for the caller: the front caps what a request may hold, and out
 * of memory aborts. Memory is zeroed. Nothing is freed by hand. On reset and free every
 * byte that was handed out is wiped, because codes, cookies and passwords pass through.
 *
 * An arena belongs to one thread at a time and is not locked.
 */

#include <stddef.h>

#include "base/str.h"

struct arena;

/* A new arena whose first block holds `first` bytes (it grows by more blocks). Aborts without
 * memory. */
struct arena *arena_new(size_t first);

/* Wipes all that was handed out; keeps the first block for the next request. */
void arena_reset(struct arena *);

/* Wipes and frees. NULL is accepted. */
void arena_free(struct arena *);

/* `n` zeroed bytes, aligned for any type; n == 0 gives a valid pointer. */
void *arena_alloc(struct arena *, size_t n) __attribute__((returns_nonnull, malloc));

/* Room for `n` things of `size` bytes; asserts that the product fits. */
void *arena_alloc_many(struct arena *, size_t size, size_t n)
	__attribute__((returns_nonnull, malloc));

#define arena_new_of(a, type)   ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_many((a), sizeof(type), (n)))

/* A copy that is also NUL-terminated (the NUL is not counted). */
struct str arena_str(struct arena *, struct str);

/* printf into the arena; NUL-terminated, the NUL not counted. */
struct str arena_printf(struct arena *, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The copy as a C string, for libraries. Asserts that `s` holds no NUL. */
const char *arena_cstr(struct arena *, struct str);

/* Bytes handed out since the last reset: for metrics and tests. */
size_t arena_used(const struct arena *);
