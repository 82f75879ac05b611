/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/base32.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum { BITS = 5, BYTE = 8 };

struct str base32_encode(struct arena *a, struct str bytes)
{
	char *to = arena_alloc(a, bytes.n * BYTE / BITS + 2);
	unsigned held = 0;
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < bytes.n; i++) {
		held = held << BYTE | (unsigned char)bytes.p[i];
		for (bits += BYTE; bits >= BITS; bits -= BITS)
			to[n++] = digits[held >> (bits - BITS) & 31];
	}
	if (bits > 0)
		to[n++] = digits[held << (BITS - bits) & 31];
	return (struct str){ to, n };
}

static int value_of(char c)
{
	const char *at;

	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

enum err base32_decode(struct arena *a, struct str text, struct str *ret)
{
	char *to = arena_alloc(a, text.n + 1);
	unsigned held = 0;
	unsigned bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		int value = value_of(text.p[i]);

		if (text.p[i] == ' ' || text.p[i] == '=')
			continue;
		if (value < 0)
			return ERR_INVALID;
		held = held << BITS | (unsigned)value;
		bits += BITS;
		if (bits >= BYTE) {
			bits -= BYTE;
			to[n++] = (char)(held >> bits);
		}
	}
	if (n == 0)
		return ERR_INVALID;
	*ret = (struct str){ to, n };
	return OK;
}
