/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session: one account signed in in one browser (contract, section 5). The browser holds one
 * secret in one cookie; rows hold only its SHA-256 ("browser"), and one browser may hold up
 * to SESSIONS_PER_BROWSER accounts. `sid` is public: it stands in id_tokens.
 *
 * When somebody signs in, the browser's secret changes and all its sessions move along;
 * for a minute the secret before finds the sessions that it found then (a tab's request
 * may be under way), never the new one.
 *
 * Rows of ended sessions stay for a while, so that the answer can say revoked and not
 * unknown. What counts as idle or expired is not decided here.
 */

#include "base/arena.h"
#include "db/db.h"

enum { SESSIONS_PER_BROWSER = 10, BROWSER_GRACE_SECONDS = 60 };

struct session {
	struct str sid;
	struct str user_id;
	int64_t created_at;
	int64_t authenticated_at; /* the last time credentials were proven: auth_time */
	int64_t last_active_at;   /* coarse */
	int64_t lifetime;         /* seconds from authenticated_at, as the settings were then */
	int64_t idle_lifetime;    /* seconds */
	bool persistent;          /* its cookie outlives the browser */
	int64_t ended_at;         /* 0: not ended */
	struct str end_reason;    /* "logout", "admin", "user", "password_changed", … */
	struct str methods;       /* JSON [{"name":"pwd","timestamp":EPOCH_MS,"type":…}] */
	struct str ip;            /* at creation */
	struct str user_agent;    /* at creation */
	/* Joined in by session_find_by_browser, which shows a live session of a user who is
	 * gone as ended ("user_deleted"): */
	bool user_blocked;
	struct str user_app_metadata;
	bool client_joined;     /* this client was served in this session before */
	int64_t client_last_at; /* when this client last chose this session; 0: never */
};

/*
 * The sessions of a browser, ended ones too, least recently used last, in ONE query joined
 * with the user and the asking client. The hot path: keep it at one point read.
 *
 * ERR_NOT_FOUND  no row for this browser (nor for it as the secret before)
 */
enum err session_find_by_browser(struct db_conn *, struct arena *, struct str browser,
	struct str client_id, int64_t now, struct session ret[SESSIONS_PER_BROWSER],
	size_t *ret_count) MUST_CHECK;

/* ERR_NOT_FOUND */
enum err session_find(
	struct db_conn *, struct arena *, struct str sid, struct session *ret) MUST_CHECK;
/* Does this secret, and not the one before or after it, find the session? ERR_NOT_FOUND: no */
enum err session_is_of_browser(struct db_conn *, struct str sid, struct str browser) MUST_CHECK;
/* Those not ended, newest first. */
enum err session_list_by_user(struct db_conn *, struct arena *, struct str user_id,
	struct session **ret, size_t *ret_count) MUST_CHECK;
/* Client ids served in the session. */
enum err session_clients(struct db_conn *, struct arena *, struct str sid, struct str **ret,
	size_t *ret_count) MUST_CHECK;
/* Rows not ended. */
enum err session_count(struct db_conn *, int64_t *ret) MUST_CHECK;
/* Of them, those whose own times have not run out either. Reads every row. */
enum err session_count_live(struct db_conn *, int64_t now, int64_t *ret) MUST_CHECK;

/* Beyond SESSIONS_PER_BROWSER the least recently used of that browser is deleted, and its
 * applications are told (logout_call.h). */
enum err session_insert(
	struct db_conn *, const struct session *, struct str browser) MUST_CHECK;
/* The same user signed in again: authenticated_at, lifetimes, methods, persistent;
 * last_active_at = authenticated_at. ERR_NOT_FOUND  no such live session */
enum err session_reauthenticate(struct db_conn *, const struct session *) MUST_CHECK;
/* A factor was added: methods only. ERR_NOT_FOUND  no such live session */
enum err session_set_methods(struct db_conn *, struct str sid, struct str methods) MUST_CHECK;
/* All sessions of `before` move to `after`; see above. */
enum err session_move_browser(
	struct db_conn *, struct str before, struct str after, int64_t now) MUST_CHECK;
enum err session_touch(struct db_conn *, struct str sid, int64_t now) MUST_CHECK;
/* The client was served in this session, by the issuer of that URL, and chose it now.
 * ERR_NOT_FOUND  no such live session */
enum err session_join_client(struct db_conn *, struct str sid, struct str client_id,
	struct str issuer, int64_t now) MUST_CHECK;
/* Its applications are told (logout_call.h), unless the reason is "replaced": then it had
 * expired before. ERR_NOT_FOUND  no such live session */
enum err session_end(
	struct db_conn *, struct str sid, struct str reason, int64_t now) MUST_CHECK;
/* All of a user but `except` (may be empty); their applications are told. */
enum err session_end_by_user(struct db_conn *, struct str user_id, struct str except,
	struct str reason, int64_t now) MUST_CHECK;
/* Deletes rows that ended or last moved before `before`, at most `max`; *ret_deleted says how
 * many. */
enum err session_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
/* Both in seconds, as the row has them. ERR_NOT_FOUND */
enum err session_set_lifetimes(
	struct db_conn *, struct str sid, int64_t lifetime, int64_t idle_lifetime) MUST_CHECK;
/* Does its cookie outlive the browser? With the lifetimes of that kind. ERR_NOT_FOUND */
enum err session_set_persistent(struct db_conn *, struct str sid, bool persistent,
	int64_t lifetime, int64_t idle_lifetime) MUST_CHECK;
