/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * logout_call: an application that is to be told of a session's end (OpenID Connect
 * Back-Channel Logout 1.0). What ends a session (session.h, user.h) queues its calls in the
 * same write, so that none is forgotten, whoever ended it: one for each client that was served
 * in the session and whose document names a URL for it. Whether that is a good one is looked at
 * when the call is made.
 *
 * A row is claimed for a while before the call and deleted afterwards, so that a server that
 * dies in between calls again, and two servers do not call both. What signs the call is made
 * then: nothing secret is in a row.
 */

#include "base/arena.h"
#include "db/db.h"

enum { LOGOUT_CALL_SECONDS = 86400 }; /* for so long it is tried */

struct logout_call {
	struct str sid;
	struct str client_id;
	struct str user_id;
	struct str issuer; /* under which the client knows the session; empty: the tenant's */
	int64_t attempts;  /* begun */
	int64_t next_at;   /* not before */
	int64_t expires_at;
};

/* For the session if it has not ended. One that waits already stays as it is. */
enum err logout_call_queue(struct db_conn *, struct str sid, int64_t now) MUST_CHECK;
/* For all sessions of a user that have not ended, but `except` (may be empty). */
enum err logout_call_queue_by_user(
	struct db_conn *, struct str user_id, struct str except, int64_t now) MUST_CHECK;
/* For those of a browser that are beyond the limit when `sid` joins it, as session_insert finds
 * them: `keep` others stay. */
enum err logout_call_queue_beyond(struct db_conn *, struct str browser, struct str sid,
	int64_t keep, int64_t now) MUST_CHECK;

/* The one that has waited longest. ERR_NOT_FOUND  none is due at `now` */
enum err logout_call_next(
	struct db_conn *, struct arena *, int64_t now, struct logout_call *ret) MUST_CHECK;
/*
 * attempts + 1, and not due again before `until`. At most one caller gets OK.
 * ERR_NOT_FOUND  another one has claimed it
 */
enum err logout_call_claim(
	struct db_conn *, const struct logout_call *, int64_t until) MUST_CHECK;
/*
 * Not due again before `next_at`, and neither is any other call of that client: where one was
 * not answered the next would not be. Their attempts count as this one's.
 */
enum err logout_call_postpone(
	struct db_conn *, const struct logout_call *, int64_t next_at) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err logout_call_delete(struct db_conn *, const struct logout_call *) MUST_CHECK;
/* Those that wait. */
enum err logout_call_count(struct db_conn *, int64_t *ret) MUST_CHECK;
/* Deletes those that expired before `before`, at most `max`. */
enum err logout_call_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
