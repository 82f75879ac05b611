/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * action_version: the versions of an action, kept inside its document:
 *
 *   code, folder      the draft: what was written last
 *   versions          [{number, code, folder, created_at}], oldest first, at most 20
 *   deployed_version  the number of the one that runs; absent: none does
 *
 * Deploying a draft that differs from what runs makes a version of it; rolling back names an
 * older one. Secrets have no versions: they are always the current ones. A document without
 * any of this (written by an older program) runs its code as it is.
 */

#include "base/arena.h"
#include "base/err.h"
#include "json/json_value.h"

struct action_version {
	int64_t number; /* 0: a draft */
	struct str code;
	struct str folder; /* absolute, where its node_modules is; may be empty */
	int64_t created_at;
};

/* False: nothing is deployed. */
bool action_version_deployed(const struct json *body, struct action_version *ret);
struct action_version action_version_draft(const struct json *body);
/* False: there is no such version. */
bool action_version_find(const struct json *body, int64_t number, struct action_version *ret);

/*
 * The document `body` with the versions of `before` (may be NULL; may be body itself), and
 * with one more, deployed, when `deploy` and the draft is not what runs.
 */
struct str action_version_keep(struct arena *, const struct json *body,
	const struct json *before, bool deploy, int64_t now);

/* The document with another version deployed. */
struct str action_version_roll_back(struct arena *, const struct json *body, int64_t number);
