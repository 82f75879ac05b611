/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

static const char url_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char standard_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char hex_digits[] = "0123456789abcdef";

enum { FOREIGN = 0xff };

/* Writes the unpadded form of `n` bytes; returns how many characters that took. */
static size_t encode(char *to, const unsigned char *p, size_t n, const char *alphabet)
{
	char *start = to;

	for (; n >= 3; n -= 3, p += 3) {
		uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*to++ = alphabet[bits >> 18];
		*to++ = alphabet[bits >> 12 & 63];
		*to++ = alphabet[bits >> 6 & 63];
		*to++ = alphabet[bits & 63];
	}
	if (n == 0)
		return (size_t)(to - start);
	*to++ = alphabet[p[0] >> 2];
	if (n == 1) {
		*to++ = alphabet[(p[0] & 3) << 4];
	} else {
		*to++ = alphabet[(p[0] & 3) << 4 | p[1] >> 4];
		*to++ = alphabet[(p[1] & 15) << 2];
	}
	return (size_t)(to - start);
}

static size_t encoded_size(size_t n)
{
	assert(n < SIZE_MAX / 2);
	return (n + 2) / 3 * 4 + 1;
}

struct str base64url_encode(struct arena *a, const void *p, size_t n)
{
	char *to = arena_alloc(a, encoded_size(n));

	return (struct str){ to, encode(to, p, n, url_alphabet) };
}

void base64url_add(struct buf *b, const void *p, size_t n)
{
	enum { CHUNK = 192 }; /* a multiple of 3, so that chunks join without padding */
	const unsigned char *from = p;
	char text[CHUNK / 3 * 4];

	while (n > 0) {
		size_t part = n < CHUNK ? n : CHUNK;

		buf_add(b, (struct str){ text, encode(text, from, part, url_alphabet) });
		from += part;
		n -= part;
	}
}

struct str base64_encode(struct arena *a, const void *p, size_t n)
{
	char *to = arena_alloc(a, encoded_size(n));
	size_t written = encode(to, p, n, standard_alphabet);

	while (written % 4 != 0)
		to[written++] = '=';
	return (struct str){ to, written };
}

/* What a character stands for, plus one; 0 for a foreign one. */
// clang-format off
#define COMMON_VALUES \
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, \
	['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, \
	['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, \
	['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, \
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, \
	['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, \
	['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, \
	['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, \
	['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
// clang-format on
static const unsigned char url_values[256] = { COMMON_VALUES, ['-'] = 63, ['_'] = 64 };
static const unsigned char standard_values[256] = { COMMON_VALUES, ['+'] = 63, ['/'] = 64 };

/* Four characters as 24 bits; more than ALL_24 when one is foreign, since 0 - 1 is all ones. */
enum { ALL_24 = 0xffffff };

static inline uint32_t four(const unsigned char *p, const unsigned char *values)
{
	return (values[p[0]] - 1U) << 18 | (values[p[1]] - 1U) << 12 |
	       (values[p[2]] - 1U) << 6 | (values[p[3]] - 1U);
}

/*
 * The last two or three characters hold one byte or two. What is left over must be zero, and
 * so is the 'A' that stands in for what is missing.
 */
static enum err decode_last(
	const unsigned char *from, size_t n, const unsigned char *values, unsigned char *to)
{
	unsigned char last[4] = { 'A', 'A', 'A', 'A' };
	uint32_t bits;

	if (n == 1)
		return ERR_INVALID;
	memcpy(last, from, n);
	bits = four(last, values);
	if (bits > ALL_24 || (bits & (n == 2 ? 0xffffU : 0xffU)) != 0)
		return ERR_INVALID;
	to[0] = (unsigned char)(bits >> 16);
	if (n == 3)
		to[1] = (unsigned char)(bits >> 8);
	return OK;
}

/* Decodes unpadded characters. */
static enum err decode(
	struct arena *a, struct str s, const unsigned char *values, struct str *ret)
{
	const unsigned char *from = (const unsigned char *)s.p;
	unsigned char *start = arena_alloc(a, s.n / 4 * 3 + 3);
	unsigned char *to = start;
	size_t n = s.n;

	for (; n >= 4; n -= 4, from += 4) {
		uint32_t bits = four(from, values);

		if (bits > ALL_24)
			return ERR_INVALID;
		*to++ = (unsigned char)(bits >> 16);
		*to++ = (unsigned char)(bits >> 8);
		*to++ = (unsigned char)bits;
	}
	if (n > 0 && decode_last(from, n, values, to) != OK)
		return ERR_INVALID;
	to += n == 0 ? 0 : n - 1;
	*ret = (struct str){ (char *)start, (size_t)(to - start) };
	return OK;
}

enum err base64url_decode(struct arena *a, struct str s, struct str *ret)
{
	return decode(a, s, url_values, ret);
}

enum err base64_decode(struct arena *a, struct str s, struct str *ret)
{
	if (s.n % 4 != 0)
		return ERR_INVALID;
	for (int pads = 0; pads < 2 && s.n > 0 && s.p[s.n - 1] == '='; pads++)
		s.n--;
	return decode(a, s, standard_values, ret);
}

struct str hex_encode(struct arena *a, const void *p, size_t n)
{
	const unsigned char *from = p;
	char *to = arena_alloc_many(a, 2, n + 1);

	for (size_t i = 0; i < n; i++) {
		to[2 * i] = hex_digits[from[i] >> 4];
		to[2 * i + 1] = hex_digits[from[i] & 15];
	}
	return (struct str){ to, 2 * n };
}

static unsigned nibble(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	return c >= 'A' && c <= 'F' ? (unsigned)(c - 'A') + 10 : FOREIGN;
}

enum err hex_decode(struct arena *a, struct str s, struct str *ret)
{
	unsigned char *to = arena_alloc(a, s.n / 2 + 1);

	if (s.n % 2 != 0)
		return ERR_INVALID;
	for (size_t i = 0; i < s.n; i += 2) {
		unsigned high = nibble(s.p[i]);
		unsigned low = nibble(s.p[i + 1]);

		if (high == FOREIGN || low == FOREIGN)
			return ERR_INVALID;
		to[i / 2] = (unsigned char)(high << 4 | low);
	}
	*ret = (struct str){ (char *)to, s.n / 2 };
	return OK;
}
