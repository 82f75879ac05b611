/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* hex: bytes as standards print them. */

#include "base/arena.h"
#include "base/str.h"

static inline int nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

/* Lower case, of even length. */
static inline struct str bytes_of_hex(struct arena *arena, struct str hex)
{
	size_t n = hex.n / 2;
	char *bytes = arena_alloc(arena, n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(nibble(hex.p[2 * i]) << 4 | nibble(hex.p[2 * i + 1]));
	return (struct str){ bytes, n };
}
