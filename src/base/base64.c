/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include <assert.h>
#include <stdint.h>

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

static unsigned sextet(char c, const char *alphabet)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned)(c - 'A');
	if (c >= 'a' && c <= 'z')
		return (unsigned)(c - 'a') + 26;
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0') + 52;
	if (c == alphabet[62])
		return 62;
	return c == alphabet[63] ? 63 : FOREIGN;
}

/* Decodes unpadded characters; what is left over at the end must be fewer than 6 bits, all
 * zero. */
static enum err decode(struct arena *a, struct str s, const char *alphabet, struct str *ret)
{
	unsigned char *to = arena_alloc(a, s.n / 4 * 3 + 3);
	size_t written = 0;
	uint32_t bits = 0;
	unsigned held = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned six = sextet(s.p[i], alphabet);

		if (six == FOREIGN)
			return ERR_INVALID;
		bits = (bits << 6 | six) & 0xffff;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		to[written++] = (unsigned char)(bits >> held);
	}
	if (held == 6 || (bits & ((1U << held) - 1)) != 0)
		return ERR_INVALID;
	*ret = (struct str){ (char *)to, written };
	return OK;
}

enum err base64url_decode(struct arena *a, struct str s, struct str *ret)
{
	return decode(a, s, url_alphabet, ret);
}

enum err base64_decode(struct arena *a, struct str s, struct str *ret)
{
	if (s.n % 4 != 0)
		return ERR_INVALID;
	for (int pads = 0; pads < 2 && s.n > 0 && s.p[s.n - 1] == '='; pads++)
		s.n--;
	return decode(a, s, standard_alphabet, ret);
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
