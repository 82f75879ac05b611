/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * lax_head: splits a request head where it stands and as carelessly as the HTTP library does:
 * values end at a NUL, a bare LF ends a line, a line without a name is dropped, a folded line
 * is joined to the one before. What it makes is what the guard has to see through.
 */

#include <string.h>

#include "base/arena.h"
#include "front/guard.h"

struct lax_head {
	struct guard_head head;
	struct http_header headers[GUARD_HEADERS_MAX];
};

/* Writes NULs over the line end. NULL when there is none. */
static inline char *lax_line(char *at, char *end)
{
	char *lf = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;

	if (lf == NULL)
		return NULL;
	*lf = '\0';
	if (lf > at && lf[-1] == '\r')
		lf[-1] = '\0';
	return lf + 1;
}

static inline char *lax_word(char *at, const char *end, struct str *ret)
{
	char *blank = memchr(at, ' ', (size_t)(end - at));

	if (blank == NULL)
		return NULL;
	*blank = '\0';
	*ret = str_from(at);
	return blank + 1;
}

/* A line's end is a NUL now. The last header is where folded text goes. */
static inline bool lax_header(struct arena *arena, struct lax_head *lax, char *line)
{
	struct http_header *next = &lax->headers[lax->head.count];
	char *colon = strchr(line, ':');

	if ((line[0] == ' ' || line[0] == '\t') && lax->head.count > 0) {
		struct str *value = &next[-1].value;

		*value = arena_printf(arena, "%.*s%s", (int)value->n, value->p, line);
		return true;
	}
	if (colon == NULL)
		return false;
	if (colon == line)
		return true;
	*colon++ = '\0';
	colon += strspn(colon, " \t");
	next->name = str_from(line);
	next->value = (struct str){ colon, strlen(colon) };
	lax->head.count++;
	return true;
}

/* `text` has one byte more behind its end, a NUL. False: not even lax enough for this. */
static inline bool lax_parse(struct arena *arena, char *text, size_t n, struct lax_head *ret)
{
	char *end = text + n;
	char *next = lax_line(text, end);
	char *line;
	char *word;

	ret->head = (struct guard_head){ .headers = ret->headers };
	if (next == NULL)
		return false;
	word = lax_word(text, next, &ret->head.method);
	if (word != NULL)
		word = lax_word(word, next, &ret->head.target);
	if (word == NULL)
		return false;
	ret->head.version = str_from(word);
	ret->head.target = arena_str(arena, ret->head.target);

	for (line = next; ret->head.count < GUARD_HEADERS_MAX; line = next) {
		next = lax_line(line, end);
		if (next == NULL)
			return false;
		if (line[0] == '\0' && (line + 1 == next || line + 2 == next))
			break;
		if (!lax_header(arena, ret, line))
			return false;
	}
	ret->head.text = (struct str){ text, (size_t)(next - text) };
	return true;
}
