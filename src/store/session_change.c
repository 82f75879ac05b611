/* SPDX-License-Identifier: Apache-2.0 */

/* Sessions: what changes them. */

#include "store/logout_call.h"
#include "store/rows.h"
#include "store/session.h"

/* An ended session goes before one that lives, and the newcomer stays in any case. */
static enum err delete_beyond_limit(
	struct db_conn *db, struct str sid, struct str browser, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err =
		logout_call_queue_beyond(db, browser, sid, SESSIONS_PER_BROWSER - 1, now);

	if (err != OK)
		return err;
	err = db_prepare(db,
		"DELETE FROM session WHERE sid IN (SELECT sid FROM session"
		" WHERE browser = $1 AND sid <> $2"
		" ORDER BY (ended_at > 0), last_active_at DESC, created_at DESC"
		" LIMIT 100 OFFSET $3)",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, browser);
	db_bind_text(q, 2, sid);
	db_bind_int(q, 3, SESSIONS_PER_BROWSER - 1);
	return db_run(q);
}

enum err session_insert(struct db_conn *db, const struct session *s, struct str browser)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO session (sid, browser, browser_moved_at, user_id, created_at,"
		" authenticated_at, last_active_at, lifetime, idle_lifetime, persistent,"
		" ended_at, end_reason, methods, ip, user_agent, user_key)"
		" VALUES ($1, $2, 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
		" (SELECT user_key FROM user_account WHERE user_id = $3))",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, s->sid);
	db_bind_blob(q, 2, browser);
	db_bind_text(q, 3, s->user_id);
	db_bind_int(q, 4, s->created_at);
	db_bind_int(q, 5, s->authenticated_at);
	db_bind_int(q, 6, s->last_active_at);
	db_bind_int(q, 7, s->lifetime);
	db_bind_int(q, 8, s->idle_lifetime);
	db_bind_int(q, 9, s->persistent);
	db_bind_int(q, 10, s->ended_at);
	db_bind_str(q, 11, s->end_reason);
	db_bind_str(q, 12, s->methods);
	db_bind_str(q, 13, s->ip);
	db_bind_str(q, 14, s->user_agent);
	err = db_run(q);
	return err == OK ? delete_beyond_limit(db, s->sid, browser, s->created_at) : err;
}

enum err session_reauthenticate(struct db_conn *db, const struct session *s)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET authenticated_at = $2, last_active_at = $2,"
		" lifetime = $3, idle_lifetime = $4, methods = $5, persistent = $6"
		" WHERE sid = $1 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, s->sid);
	db_bind_int(q, 2, s->authenticated_at);
	db_bind_int(q, 3, s->lifetime);
	db_bind_int(q, 4, s->idle_lifetime);
	db_bind_str(q, 5, s->methods);
	db_bind_int(q, 6, s->persistent);
	return row_change(db, q);
}

enum err session_set_methods(struct db_conn *db, struct str sid, struct str methods)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "UPDATE session SET methods = $2 WHERE sid = $1 AND ended_at = 0", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_str(q, 2, methods);
	return row_change(db, q);
}

enum err session_move_browser(
	struct db_conn *db, struct str before, struct str after, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET browser = $2, browser_before = $1, browser_moved_at = $3"
		" WHERE browser = $1",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, before);
	db_bind_blob(q, 2, after);
	db_bind_int(q, 3, now);
	return db_run(q);
}

enum err session_touch(struct db_conn *db, struct str sid, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET last_active_at = $2"
		" WHERE sid = $1 AND last_active_at < $2 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_int(q, 2, now);
	return db_run(q);
}

enum err session_join_client(struct db_conn *db, struct str sid, struct str client_id,
	struct str issuer, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO session_client (session_key, client_id, last_at, issuer)"
		" SELECT session_key, CAST($2 AS TEXT), CAST($3 AS BIGINT),"
		" CAST($4 AS TEXT) FROM session"
		" WHERE sid = $1 AND ended_at = 0 ON CONFLICT (session_key, client_id)"
		" DO UPDATE SET last_at = excluded.last_at, issuer = excluded.issuer",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_text(q, 2, client_id);
	db_bind_int(q, 3, now);
	db_bind_str(q, 4, issuer);
	return row_change(db, q);
}

/* One that was over already only makes room: it was not a log-out. */
static enum err queue_calls(struct db_conn *db, struct str sid, struct str reason, int64_t now)
{
	return str_is(reason, "replaced") ? OK : logout_call_queue(db, sid, now);
}

enum err session_end(struct db_conn *db, struct str sid, struct str reason, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = queue_calls(db, sid, reason, now);

	if (err != OK)
		return err;
	err = db_prepare(db,
		"UPDATE session SET ended_at = $3, end_reason = $2"
		" WHERE sid = $1 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_str(q, 2, reason);
	db_bind_int(q, 3, now);
	return row_change(db, q);
}

enum err session_end_by_user(struct db_conn *db, struct str user_id, struct str except,
	struct str reason, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = logout_call_queue_by_user(db, user_id, except, now);

	if (err != OK)
		return err;
	err = db_prepare(db,
		"UPDATE session SET ended_at = $4, end_reason = $3"
		" WHERE user_id = $1 AND sid <> $2 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, except);
	db_bind_str(q, 3, reason);
	db_bind_int(q, 4, now);
	return db_run(q);
}

/* What ended moved last before that: the index on activity finds both kinds. */
enum err session_prune(struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM session WHERE sid IN (SELECT sid FROM session"
		" WHERE last_active_at < $1 AND ended_at < $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}

enum err session_set_lifetimes(
	struct db_conn *db, struct str sid, int64_t lifetime, int64_t idle_lifetime)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET lifetime = $2, idle_lifetime = $3"
		" WHERE sid = $1 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_int(q, 2, lifetime);
	db_bind_int(q, 3, idle_lifetime);
	return row_change(db, q);
}

enum err session_set_persistent(struct db_conn *db, struct str sid, bool persistent,
	int64_t lifetime, int64_t idle_lifetime)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET persistent = $2, lifetime = $3, idle_lifetime = $4"
		" WHERE sid = $1 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	db_bind_int(q, 2, persistent);
	db_bind_int(q, 3, lifetime);
	db_bind_int(q, 4, idle_lifetime);
	return row_change(db, q);
}
