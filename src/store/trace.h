/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * trace: why a request ended as it did: the facts and the rule that decided, for
 * `tacit explain ID` and the dashboard. A sample per client and reason is kept (observe/
 * chooses). Facts are words and numbers, never tokens, cookies or who was asked for.
 */

#include "base/arena.h"
#include "db/db.h"

struct trace {
	struct str request_id;
	int64_t at_ms;
	struct str route;
	struct str client_id;
	struct str outcome; /* "ok" or the error code */
	struct str reason;  /* "" for ok */
	struct str facts;   /* JSON object */
};

/*
 * Keeps at most `keep` traces per client and reason: the oldest go. A second one of the same
 * request_id changes nothing.
 */
enum err trace_insert(struct db_conn *, const struct trace *, int64_t keep) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err trace_find(
	struct db_conn *, struct arena *, struct str request_id, struct trace *ret) MUST_CHECK;
