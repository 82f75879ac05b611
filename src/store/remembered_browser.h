/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * remembered_browser: "do not ask for the second factor here again". A row is one user in one
 * browser; the browser holds a secret in a cookie of its own, rows hold its SHA-256. It lasts
 * REMEMBERED_SECONDS, and no longer than REMEMBERED_UNUSED_SECONDS without use (contract,
 * section 5). What it excuses from is not decided here.
 */

#include "base/arena.h"
#include "db/db.h"

enum {
	REMEMBERED_SECONDS = 30 * 86400,
	REMEMBERED_UNUSED_SECONDS = 7 * 86400,
	/* Use is written down no more often than this. */
	REMEMBERED_COARSE_SECONDS = 86400,
};

struct remembered_browser {
	struct str browser; /* SHA-256 of its secret */
	struct str user_id;
	struct str user_agent; /* when it was asked to remember; may be empty */
	struct str ip;
	int64_t created_at;
	int64_t last_used_at;
};

/*
 * All rows of `before` (may be empty) move to the row's browser, and the row begins there, or
 * begins anew; its last_used_at is not looked at.
 */
enum err remembered_browser_add(
	struct db_conn *, struct str before, const struct remembered_browser *) MUST_CHECK;

/*
 * OK when that user is remembered in that browser at `now`; *ret_last is the use that was
 * written down last. ERR_NOT_FOUND  never, revoked, or past its time
 */
enum err remembered_browser_find(struct db_conn *, struct str browser, struct str user_id,
	int64_t now, int64_t *ret_last) MUST_CHECK;

/* It was of use. */
enum err remembered_browser_touch(
	struct db_conn *, struct str browser, struct str user_id, int64_t now) MUST_CHECK;

/* Those of a user that are remembered at `now`, used last first. */
enum err remembered_browser_list(struct db_conn *, struct arena *, struct str user_id,
	int64_t now, struct remembered_browser **ret, size_t *ret_count) MUST_CHECK;

/* Revokes all of a user's: by themselves, by an admin, and when a password changes. */
enum err remembered_browser_forget(struct db_conn *, struct str user_id) MUST_CHECK;
/* That one. ERR_NOT_FOUND  it is not one of the user's */
enum err remembered_browser_forget_one(
	struct db_conn *, struct str user_id, struct str browser) MUST_CHECK;

/* Those that are past their time at `now`. */
enum err remembered_browser_prune(
	struct db_conn *, int64_t now, size_t max, int64_t *ret_deleted) MUST_CHECK;
