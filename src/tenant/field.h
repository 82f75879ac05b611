/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * field: a document's members as a table. Settings, clients and APIs each have one: the name
 * of a member, its type, default, range and one sentence; the reader and docs/settings.md
 * both come from it. Used inside tenant/ only.
 *
 * Every message begins with the member's path and a colon, so that a caller who knows
 * where the document was written can find the line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"

enum field_type {
	FIELD_TEXT,   /* struct str */
	FIELD_FLAG,   /* bool */
	FIELD_NUMBER, /* int64_t, least … most */
	FIELD_HOURS,  /* int64_t seconds; hours, or NAME_in_minutes; at least a minute */
	FIELD_LIST,   /* struct str_list */
	FIELD_CHOICE, /* int: the place in `choices` */
	FIELD_OWN,    /* `read` does it */
	FIELD_KEPT,   /* stays in the document; nothing here acts on it */
};

/* Is this text fit? NULL, or what it must be ("must be …", in the arena or a literal). */
typedef const char *field_check_fn(struct arena *, struct str);

/* Reads `value` (never null) into *into, the whole struct. ERR_INVALID: *ret_why. */
typedef enum err field_read_fn(
	struct arena *, const struct json *value, void *into, struct str *ret_why);

struct field {
	const char *name; /* members of members with dots: "session_cookie.mode" */
	enum field_type type;
	size_t offset;
	int64_t fallback; /* FLAG, NUMBER, HOURS (seconds), CHOICE */
	int64_t least;
	int64_t most;
	const char *choices; /* CHOICE, and the items of a LIST: words */
	field_check_fn *check;
	field_read_fn *read;
	const char *shown; /* the default, in words, where it is not a plain value */
	const char *text;  /* for docs/settings.md; a sentence without its full stop */
};

/* Sets *into to the defaults of the table. */
void fields_default(const struct field *, size_t count, void *into);

/*
 * Overlays *into with the members of `document` (NULL: none). null is as if absent.
 * ERR_INVALID  *ret_why: a member of the wrong type, out of range, or with no such name
 */
enum err fields_read(struct arena *, const struct field *, size_t count,
	const struct json *document, void *into, struct str *ret_why) MUST_CHECK;

/* "PATH: " and a message. Returns ERR_INVALID, so that it can be returned. */
enum err field_refuse(struct arena *, struct str *ret_why, const char *path, const char *format,
	...) __attribute__((format(printf, 4, 5)));

/* The member at a path with dots, or NULL; null counts as absent. */
const struct json *field_find(const struct json *, const char *path);

/* A table in Markdown. */
void fields_markdown(struct buf *, const struct field *, size_t count);

/* The tables of clients, APIs and client grants, for the same page. */
void client_markdown(struct buf *);
void resource_server_markdown(struct buf *);
