/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * buf: text that grows inside an arena, for writing JSON, HTML, headers and URLs.
 * Growing copies; start with a good guess. Always NUL-terminated behind the last byte.
 */

#include "base/arena.h"
#include "base/str.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n;
	size_t cap;
};

struct buf buf_new(struct arena *, size_t cap);
void buf_add(struct buf *, struct str);
void buf_addc(struct buf *, char);
void buf_addf(struct buf *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was written so far. Valid until the next write to this buf. */
struct str buf_str(const struct buf *);
