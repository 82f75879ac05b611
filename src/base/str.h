/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * str: a slice of bytes that somebody else owns. Passed and returned by value.
 *
 * Strings made by an arena are also NUL-terminated and hold no NUL, so C libraries can be
 * called with .p; a slice of a larger string is not. An absent string is {NULL, 0}; empty
 * and absent are the same to every function here (RFC 6749, 3.1: a parameter sent without
 * a value is as if omitted).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

/* A literal as a slice; also usable in static initialisers as STR_LIT("x"). */
#define S(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_LIT(lit)                    \
	{                               \
		"" lit, sizeof(lit) - 1 \
	}

/* printf("%.*s") of a slice. Never for secrets. */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

/*
 * The shortest functions stand here, so that the length of a literal is known where it is
 * compared: a request compares some hundred words.
 */

/* A slice over a C string; NULL gives the absent string. */
static inline struct str str_from(const char *s)
{
	return (struct str){ s, s ? strlen(s) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	/* memcmp may not be given NULL. */
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str s, const char *cstring)
{
	return str_eq(s, str_from(cstring));
}

bool str_eq_nocase(struct str, struct str); /* ASCII letters only */
bool str_starts(struct str, struct str prefix);
bool str_ends(struct str, struct str suffix);
int str_cmp(struct str, struct str); /* as memcmp, shorter first */

/* From `from` (clamped) to the end. */
static inline struct str str_after(struct str s, size_t from)
{
	if (from > s.n)
		from = s.n;
	return from == 0 ? s : (struct str){ s.p + from, s.n - from };
}

/* The first `n` bytes (clamped). */
static inline struct str str_first(struct str s, size_t n)
{
	return (struct str){ s.p, n < s.n ? n : s.n };
}

/* Index of the first `c`, or -1. */
static inline ptrdiff_t str_index(struct str s, char c)
{
	const char *hit = s.n == 0 ? NULL : (const char *)memchr(s.p, c, s.n);

	return hit ? hit - s.p : -1;
}

/* Index of the first `needle`, or -1. */
ptrdiff_t str_find(struct str, struct str needle);

/* Without leading and trailing blanks (space, tab, CR, LF). */
struct str str_trim(struct str);

/*
 * Walks a list: takes the part before the next `sep` out of *rest into *ret. False when
 * nothing is left. Empty parts are returned as such, but a `sep` that ends the list has no
 * empty part behind it:
 *   while (str_split(&rest, ' ', &word)) …
 */
bool str_split(struct str *rest, char sep, struct str *ret);

/* Is `word` one of the space-separated words of `list`? Case matters. */
bool str_has_word(struct str list, struct str word);

/* 1*DIGIT and nothing else, within `max`; false otherwise and *ret untouched. */
bool str_digits(struct str, int64_t max, int64_t *ret);

/* Valid UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without NUL? */
bool str_is_utf8(struct str);

/* FNV-1a: for hash tables over trusted keys. */
uint64_t str_hash(struct str);
