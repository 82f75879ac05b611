/* SPDX-License-Identifier: Apache-2.0 */
#include "store/logout_call.h"

#include "store/rows.h"

static void read_call(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct logout_call *)row = (struct logout_call){
		.sid = db_str(q, arena, 0),
		.client_id = db_str(q, arena, 1),
		.user_id = db_str(q, arena, 2),
		.issuer = db_str(q, arena, 3),
		.attempts = db_int(q, 4),
		.next_at = db_int(q, 5),
		.expires_at = db_int(q, 6),
	};
}

/* Most tenants have no such client: their sessions end without a row. */
#define QUEUE                                                                          \
	"INSERT INTO logout_call (sid, client_id, user_id, issuer, attempts, next_at," \
	" expires_at) SELECT s.sid, c.client_id, s.user_id, c.issuer, 0,"              \
	" CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM session AS s"                    \
	" JOIN session_client AS c ON c.session_key = s.session_key"                   \
	" JOIN client AS d ON d.id = c.client_id"                                      \
	" AND d.body LIKE '%backchannel_logout_ur%' WHERE s.ended_at = 0 AND "
#define ONCE " ON CONFLICT (sid, client_id) DO NOTHING"

static void bind_times(struct db_stmt *q, int64_t now)
{
	db_bind_int(q, 2, now);
	db_bind_int(q, 3, now + LOGOUT_CALL_SECONDS);
}

enum err logout_call_queue(struct db_conn *db, struct str sid, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, QUEUE "s.sid = $1" ONCE, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, sid);
	bind_times(q, now);
	return db_run(q);
}

enum err logout_call_queue_by_user(
	struct db_conn *db, struct str user_id, struct str except, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, QUEUE "s.user_id = $1 AND s.sid <> $4" ONCE, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	bind_times(q, now);
	db_bind_text(q, 4, except);
	return db_run(q);
}

enum err logout_call_queue_beyond(
	struct db_conn *db, struct str browser, struct str sid, int64_t keep, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		QUEUE "s.sid IN (SELECT sid FROM session WHERE browser = $1 AND sid <> $4"
		      " ORDER BY (ended_at > 0), last_active_at DESC, created_at DESC"
		      " LIMIT 100 OFFSET $5)" ONCE,
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, browser);
	bind_times(q, now);
	db_bind_text(q, 4, sid);
	db_bind_int(q, 5, keep);
	return db_run(q);
}

enum err logout_call_next(
	struct db_conn *db, struct arena *arena, int64_t now, struct logout_call *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT sid, client_id, user_id, issuer, attempts, next_at, expires_at"
		" FROM logout_call WHERE next_at <= $1 AND expires_at > $1"
		" ORDER BY next_at, sid, client_id LIMIT 1",
		&q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, now);
	return row_find(q, arena, read_call, sizeof(*ret), ret);
}

enum err logout_call_claim(struct db_conn *db, const struct logout_call *c, int64_t until)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE logout_call SET attempts = attempts + 1, next_at = $4"
		" WHERE sid = $1 AND client_id = $2 AND attempts = $3",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, c->sid);
	db_bind_text(q, 2, c->client_id);
	db_bind_int(q, 3, c->attempts);
	db_bind_int(q, 4, until);
	return row_change(db, q);
}

enum err logout_call_postpone(struct db_conn *db, const struct logout_call *c, int64_t next_at)
{
	auto_stmt *own = NULL;
	auto_stmt *others = NULL;
	enum err err = db_prepare(db,
		"UPDATE logout_call SET next_at = $3 WHERE sid = $1 AND client_id = $2", &own);

	if (err != OK)
		return err;
	db_bind_text(own, 1, c->sid);
	db_bind_text(own, 2, c->client_id);
	db_bind_int(own, 3, next_at);
	err = db_run(own);
	if (err == OK)
		err = db_prepare(db,
			"UPDATE logout_call SET next_at = $2, attempts = $3"
			" WHERE client_id = $1 AND next_at < $2 AND attempts < $3",
			&others);
	if (err != OK)
		return err;
	db_bind_text(others, 1, c->client_id);
	db_bind_int(others, 2, next_at);
	db_bind_int(others, 3, c->attempts + 1);
	return db_run(others);
}

enum err logout_call_delete(struct db_conn *db, const struct logout_call *c)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "DELETE FROM logout_call WHERE sid = $1 AND client_id = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, c->sid);
	db_bind_text(q, 2, c->client_id);
	return row_change(db, q);
}

enum err logout_call_count(struct db_conn *db, int64_t *ret)
{
	return row_number(db, "SELECT count(*) FROM logout_call", ret);
}

enum err logout_call_prune(struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM logout_call WHERE (sid, client_id) IN"
		" (SELECT sid, client_id FROM logout_call WHERE expires_at < $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
