/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * event: the tenant's log (contract, section 7): Auth0's type codes, with our reason and the
 * request's id. Written in batches by observe/; what administrators do by command with the
 * change itself (tenant/admin_event.h). `weight` says how many like it a sampled record stands
 * for. Nothing secret is ever in one.
 */

#include "base/arena.h"
#include "db/db.h"

struct event {
	int64_t event_id; /* rises with time; 0 before insert */
	int64_t at_ms;
	struct str type; /* "ssa", "fsa", "s", "fp", … */
	struct str description;
	struct str reason;
	struct str request_id;
	struct str client_id;
	struct str user_id;
	struct str sid;
	struct str ip;
	struct str user_agent;
	struct str details; /* JSON object, may be empty */
	int64_t weight;
};

/* Empty members do not filter. Newest first when `descending`; from `after` (exclusive), at
 * most `max`. */
struct event_filter {
	struct str type;
	struct str client_id;
	struct str user_id;
	struct str request_id;
	int64_t since_ms;
	int64_t after;
	bool descending;
	size_t max;
};

enum err event_insert(struct db_conn *, const struct event *) MUST_CHECK;
enum err event_list(struct db_conn *, struct arena *, const struct event_filter *,
	struct event **ret, size_t *ret_count) MUST_CHECK;
enum err event_prune(
	struct db_conn *, int64_t before_ms, size_t max, int64_t *ret_deleted) MUST_CHECK;
