/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * params: the parameters of a query string or a form body
 * (application/x-www-form-urlencoded), decoded into an arena, in the order sent.
 *
 * An empty parameter is as if not sent (RFC 6749, 3.1). What is wrong with a parameter is
 * kept beside it, because only the endpoint knows how to say so: repeated names, broken
 * escapes, NUL, bytes that are not UTF-8. At most PARAMS_MAX are kept; more sets `too_many`.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum { PARAMS_MAX = 128 };

struct param {
	struct str name;
	struct str value; /* empty when malformed */
	bool repeated;    /* the same name came again with a value */
	bool malformed;   /* a broken escape, NUL, or not UTF-8 */
};

struct params {
	struct param *list;
	size_t count;
	bool too_many;
	bool malformed_name;
};

struct params params_read(struct arena *, struct str text);

/* The first value of that name, or the absent string. */
struct str params_get(const struct params *, const char *name);

/* The first of that name, or NULL. */
const struct param *params_find(const struct params *, const char *name);
