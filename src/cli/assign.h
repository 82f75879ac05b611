/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * assign: a document changed by words of the command line.
 *
 *   FIELD=VALUE    VALUE is YAML; a field of a field with dots; nothing takes it away
 *   FIELD+=VALUE   adds to a list
 *   FIELD-=VALUE   takes out of a list
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"

/* ERR_INVALID  *ret_why. `document` may be NULL. */
enum err assign(struct arena *, const struct json *document, const struct str *words,
	size_t count, const struct json **ret, struct str *ret_why) MUST_CHECK;

/* `document` with one member more, or another value of it. */
const struct json *assign_text(
	struct arena *, const struct json *document, const char *name, struct str value);
