/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* apply: a tenant file, from a path or from text that is built in, applied to a place. */

#include "cli/place.h"
#include "json/json_value.h"

struct apply_source {
	struct str path; /* or */
	struct str text;
	const char *name; /* of the text, for messages; may be NULL */
};

/* For a server that starts: refusals go to standard error, warnings to the log. */
int apply_quietly(
	struct cli *, const struct place *, const struct apply_source *, struct str issuer);

/* For a command: `item` as the only one of `part`, "clients" or "users". `what` is done to it,
 * in the words of the event ("Create a user"). What is wrong with it was said. */
int apply_item(struct cli *, const struct place *, const char *part, const struct json *item,
	const char *what);
