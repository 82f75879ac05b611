/* SPDX-License-Identifier: Apache-2.0 */
#include "store/signing_key.h"

#include "store/document.h"
#include "store/rows.h"

static void read_key(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct signing_key *)row = (struct signing_key){
		.kid = db_str(q, arena, 0),
		.alg = db_str(q, arena, 1),
		.state = db_str(q, arena, 2),
		.sealed = db_str(q, arena, 3),
		.created_at = db_int(q, 4),
		.current_at = db_int(q, 5),
		.previous_at = db_int(q, 6),
		.revoked_at = db_int(q, 7),
	};
}

enum err signing_key_list(
	struct db_conn *db, struct arena *arena, struct signing_key **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT kid, alg, state, sealed, created_at, current_at, previous_at, "
		"revoked_at"
		" FROM signing_key ORDER BY created_at, kid",
		&q);

	if (err == OK)
		err = row_list(q, arena, read_key, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err signing_key_insert(struct db_conn *db, const struct signing_key *key)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO signing_key (kid, alg, state, sealed, created_at, current_at,"
		" previous_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, key->kid);
	db_bind_text(q, 2, key->alg);
	db_bind_text(q, 3, key->state);
	db_bind_blob(q, 4, key->sealed);
	db_bind_int(q, 5, key->created_at);
	db_bind_int(q, 6, key->current_at);
	db_bind_int(q, 7, key->previous_at);
	db_bind_int(q, 8, key->revoked_at);
	err = db_run(q);
	return err == OK ? configuration_changed(db) : err;
}

/* ERR_NOT_FOUND  there is none, or it is younger */
static enum err retire_current(struct db_conn *db, struct str alg, int64_t since, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE signing_key SET state = 'previous', previous_at = $2"
		" WHERE alg = $1 AND state = 'current' AND current_at <= $3",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, alg);
	db_bind_int(q, 2, now);
	db_bind_int(q, 3, since);
	return row_change(db, q);
}

static enum err promote_next(struct db_conn *db, struct str alg, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE signing_key SET state = 'current', current_at = $2"
		" WHERE alg = $1 AND state = 'next'",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, alg);
	db_bind_int(q, 2, now);
	return row_change(db, q);
}

enum err signing_key_rotate(struct db_conn *db, struct str alg, int64_t now)
{
	enum err err = retire_current(db, alg, INT64_MAX, now);

	if (err == OK || err == ERR_NOT_FOUND)
		err = promote_next(db, alg, now);
	return err == OK ? configuration_changed(db) : err;
}

enum err signing_key_rotate_due(struct db_conn *db, struct str alg, int64_t since, int64_t now)
{
	enum err err = retire_current(db, alg, since, now);

	if (err == OK)
		err = promote_next(db, alg, now);
	return err == OK ? configuration_changed(db) : err;
}

enum err signing_key_retire(struct db_conn *db, int64_t since, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE signing_key SET state = 'revoked', revoked_at = $2"
		" WHERE state = 'previous' AND previous_at <= $1",
		&q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, since);
	db_bind_int(q, 2, now);
	err = row_change(db, q);
	return err == OK ? configuration_changed(db) : err;
}

/* Why a key could not be revoked: none of that name, or still needed, or revoked before. */
static enum err why_not_revoked(struct db_conn *db, struct str kid)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "SELECT revoked_at FROM signing_key WHERE kid = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, kid);
	err = db_step(q);
	if (err != OK)
		return err;
	return db_int(q, 0) != 0 ? OK : ERR_CONFLICT;
}

enum err signing_key_revoke(struct db_conn *db, struct str kid, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE signing_key SET state = 'revoked', revoked_at = $2"
		" WHERE kid = $1 AND state = 'previous'",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, kid);
	db_bind_int(q, 2, now);
	err = row_change(db, q);
	if (err == ERR_NOT_FOUND)
		return why_not_revoked(db, kid);
	return err == OK ? configuration_changed(db) : err;
}
