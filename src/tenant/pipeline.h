/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pipeline: the actions bound to a trigger, in their order, as a loaded tenant holds them: the
 * deployed version of each, with its secrets opened, written as the one message that a host
 * process is given when it starts. Owned by the tenant's arena, which is wiped.
 *
 * Does not run anything: src/actions/ does.
 */

#include "base/arena.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/seal.h"
#include "db/db.h"

enum { ACTION_TIME_LIMIT_MS = 1000, ACTION_TIME_LIMIT_MOST_MS = 20000 };

struct pipeline {
	size_t count;              /* 0: nothing is bound, and nothing of actions is started */
	struct str load;           /* JSON for the host */
	const struct str *folders; /* `count` of them; empty where an action has none */
	int64_t time_limit_ms;     /* of a whole run: the sum of the actions' own */
	unsigned char digest[SHA256_SIZE]; /* of load: the same digest, the same behaviour */
};

/* ERR_INVALID  a document does not parse: the log has the line; ERR_STORE */
enum err pipeline_load(struct db_conn *, const struct seal *, struct arena *,
	const char *trigger, struct pipeline *ret) MUST_CHECK;

/* The same from one action's document, whatever is bound and deployed: its draft. */
enum err pipeline_of_draft(
	struct arena *, const struct seal *, struct str body, struct pipeline *ret) MUST_CHECK;
