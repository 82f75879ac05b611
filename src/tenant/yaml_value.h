/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * yaml_value: YAML as the tree of json_value.h, and back. What JSON cannot say is refused:
 * more than one document, keys that are not text, tags other than !!str, merge keys, the
 * same key twice. Unquoted text is what JSON would call null, true, false or a number; all
 * else is text, yes and no and 007 too. Anchors are copied where they are used, up to a
 * limit, so that a small file stays a small tree. The YAML library stays inside.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"

/* ERR_INVALID  *ret_why says what, in one line; *ret_line says where (from 1) */
enum err yaml_parse(struct arena *, struct str text, const struct json **ret,
	struct str *ret_why, unsigned *ret_line) MUST_CHECK;

/* Where a node begins. Only for nodes that yaml_parse made. */
unsigned yaml_line(const struct json *);

/* In block style. */
struct str yaml_write(struct arena *, const struct json *);

/* The type that unquoted text has, and its value. */
struct json yaml_plain(struct str);
