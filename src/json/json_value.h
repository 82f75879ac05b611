/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * json_value: JSON that was read (RFC 8259), as a tree in an arena. The JSON library stays
 * inside json_value.c. Reading is strict: UTF-8 only, no duplicate members, no NUL in
 * strings, numbers that fit, depth at most 64, text at most 16 MiB. JSON is for the edges:
 * parse into structs.
 *
 * A tree takes up to 50 times the room of its text (a list of one-digit numbers); whoever
 * reads from strangers bounds the text.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum json_type {
	JSON_NULL_VALUE,
	JSON_FALSE_VALUE,
	JSON_TRUE_VALUE,
	JSON_INT,
	JSON_REAL_VALUE,
	JSON_STR,
	JSON_LIST,
	JSON_MAP
};

struct json {
	enum json_type type;
	struct str key;           /* its name, inside an object */
	struct str str;           /* JSON_STR */
	int64_t integer;          /* JSON_INT */
	double real;              /* JSON_REAL_VALUE, and JSON_INT too */
	const struct json *first; /* first child of a list or map, in the order written */
	const struct json *next;  /* next sibling */
	size_t count;             /* number of children */
};

/*
 * ERR_INVALID  not one JSON value with the rules above; *ret_why (if not NULL) then says
 *              what and where, in ASCII, without quoting the input
 */
enum err json_parse(struct arena *, struct str text, const struct json **ret,
	struct str *ret_why) MUST_CHECK;

/* The member, or NULL; NULL maps and other types are accepted and have no members. */
const struct json *json_get(const struct json *, const char *key);

/* The member's value if it has that type, else the fallback (absent string, `fallback`). */
const struct json *json_get_map(const struct json *, const char *key);
struct str json_get_str(const struct json *, const char *key);
int64_t json_get_int(const struct json *, const char *key, int64_t fallback);
bool json_get_bool(const struct json *, const char *key, bool fallback);

/* Is there a list member of that name which holds the string? */
bool json_list_has(const struct json *, const char *key, struct str);

#define json_each(child, parent)                                                          \
	for (const struct json *child = (parent) ? (parent)->first : NULL; child != NULL; \
		child = child->next)
