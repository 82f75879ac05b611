/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <string.h>

static unsigned char lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
}

bool str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	}
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return str_eq(str_first(s, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_after(s, s.n - suffix.n), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.n < b.n ? a.n : b.n;
	int order = common == 0 ? 0 : memcmp(a.p, b.p, common);

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

ptrdiff_t str_find(struct str s, struct str needle)
{
	const char *hit;

	if (needle.n == 0)
		return 0;
	if (s.n < needle.n)
		return -1;
	hit = memmem(s.p, s.n, needle.p, needle.n);
	return hit ? hit - s.p : -1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.n > 0 && is_blank(s.p[s.n - 1]))
		s.n--;
	while (s.n > 0 && is_blank(s.p[0]))
		s = str_after(s, 1);
	return s;
}

bool str_split(struct str *rest, char sep, struct str *ret)
{
	ptrdiff_t at;

	if (rest->n == 0)
		return false;
	at = str_index(*rest, sep);
	if (at < 0) {
		*ret = *rest;
		*rest = str_after(*rest, rest->n);
		return true;
	}
	*ret = str_first(*rest, (size_t)at);
	*rest = str_after(*rest, (size_t)at + 1);
	return true;
}

bool str_has_word(struct str list, struct str word)
{
	struct str each;

	while (str_split(&list, ' ', &each)) {
		if (each.n > 0 && str_eq(each, word))
			return true;
	}
	return false;
}

bool str_digits(struct str s, int64_t max, int64_t *ret)
{
	int64_t value = 0;

	if (s.n == 0 || max < 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9 || digit > max || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

/* How many of the eight bytes at `p`, all or none, are ASCII other than NUL. */
static size_t ascii_run(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	if (((word - 0x0101010101010101U) | word) & 0x8080808080808080U)
		return 0;
	return sizeof(word);
}

/* The length of the well-formed character at `p` (Unicode, table 3-7), or 0. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
	size_t length;
	unsigned char least = 0x80;
	unsigned char most = 0xbf;

	if (p[0] < 0x80)
		return p[0] != 0;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < length)
		return 0;
	if (p[0] == 0xe0)
		least = 0xa0;
	if (p[0] == 0xed)
		most = 0x9f;
	if (p[0] == 0xf0)
		least = 0x90;
	if (p[0] == 0xf4)
		most = 0x8f;
	if (p[1] < least || p[1] > most)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return length;
}

bool str_is_utf8(struct str s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t left = s.n - i;
		size_t step = left >= sizeof(uint64_t) ? ascii_run(s.p + i) : 0;

		/* What is left of a longer text: its last eight bytes hold it. */
		if (left < sizeof(uint64_t) && s.n >= sizeof(uint64_t) &&
			ascii_run(s.p + s.n - sizeof(uint64_t)) > 0)
			return true;
		if (step == 0)
			step = utf8_length((const unsigned char *)s.p + i, left);
		if (step == 0)
			return false;
		i += step;
	}
	return true;
}

uint64_t str_hash(struct str s)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (size_t i = 0; i < s.n; i++)
		hash = (hash ^ (unsigned char)s.p[i]) * 0x100000001b3U;
	return hash;
}
