/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refresh_token.h"

#include "store/rows.h"

#define COLUMNS                                                                 \
	"family_id, client_id, user_id, sid, handle, scope, audience, claims,"  \
	" offline, rotating, generation, created_at, rotated_at, last_used_at," \
	" expires_at, idle_lifetime, revoked_at, revoke_reason"

static void read_family(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct refresh_family *)row = (struct refresh_family){
		.family_id = db_str(q, arena, 0),
		.client_id = db_str(q, arena, 1),
		.user_id = db_str(q, arena, 2),
		.sid = db_str(q, arena, 3),
		.handle = db_str(q, arena, 4),
		.scope = db_str(q, arena, 5),
		.audience = db_str(q, arena, 6),
		.claims = db_str(q, arena, 7),
		.offline = db_int(q, 8) != 0,
		.rotating = db_int(q, 9) != 0,
		.generation = db_int(q, 10),
		.created_at = db_int(q, 11),
		.rotated_at = db_int(q, 12),
		.last_used_at = db_int(q, 13),
		.expires_at = db_int(q, 14),
		.idle_lifetime = db_int(q, 15),
		.revoked_at = db_int(q, 16),
		.revoke_reason = db_str(q, arena, 17),
	};
}

enum err refresh_family_insert(struct db_conn *db, const struct refresh_family *f)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO refresh_family (" COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7,"
		" $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, f->family_id);
	db_bind_text(q, 2, f->client_id);
	db_bind_text(q, 3, f->user_id);
	db_bind_str(q, 4, f->sid);
	db_bind_str(q, 5, f->handle);
	db_bind_str(q, 6, f->scope);
	db_bind_str(q, 7, f->audience);
	db_bind_str(q, 8, f->claims);
	db_bind_int(q, 9, f->offline);
	db_bind_int(q, 10, f->rotating);
	db_bind_int(q, 11, f->generation);
	db_bind_int(q, 12, f->created_at);
	db_bind_int(q, 13, f->rotated_at);
	db_bind_int(q, 14, f->last_used_at);
	db_bind_int(q, 15, f->expires_at);
	db_bind_int(q, 16, f->idle_lifetime);
	db_bind_int(q, 17, f->revoked_at);
	db_bind_str(q, 18, f->revoke_reason);
	return db_run(q);
}

enum err refresh_family_find(struct db_conn *db, struct arena *arena, struct str family_id,
	struct refresh_family *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "SELECT " COLUMNS " FROM refresh_family WHERE family_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, family_id);
	return row_find(q, arena, read_family, sizeof(*ret), ret);
}

enum err refresh_family_list_by_user(struct db_conn *db, struct arena *arena,
	struct str user_id, struct refresh_family **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS " FROM refresh_family WHERE user_id = $1"
		" ORDER BY created_at DESC, family_id",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	err = row_list(q, arena, read_family, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err refresh_family_rotate(
	struct db_conn *db, struct str family_id, int64_t generation, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE refresh_family SET generation = generation + 1, rotated_at = $3,"
		" last_used_at = $3"
		" WHERE family_id = $1 AND generation = $2 AND revoked_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, family_id);
	db_bind_int(q, 2, generation);
	db_bind_int(q, 3, now);
	err = row_change(db, q);
	return err == ERR_NOT_FOUND ? ERR_CONFLICT : err;
}

enum err refresh_family_touch(struct db_conn *db, struct str family_id, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE refresh_family SET last_used_at = $2"
		" WHERE family_id = $1 AND last_used_at < $2 AND revoked_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, family_id);
	db_bind_int(q, 2, now);
	return db_run(q);
}

void refresh_family_limit(
	struct refresh_family *f, int64_t expires_at, int64_t idles_at, int64_t now)
{
	int64_t idle = idles_at > now ? idles_at - now : 1;

	if (expires_at != 0 && (f->expires_at == 0 || expires_at < f->expires_at))
		f->expires_at = expires_at;
	if (idles_at != 0 && (f->idle_lifetime == 0 || idle < f->idle_lifetime))
		f->idle_lifetime = idle;
}

enum err refresh_family_set_ends(
	struct db_conn *db, struct str family_id, int64_t expires_at, int64_t idle_lifetime)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE refresh_family SET expires_at = $2, idle_lifetime = $3"
		" WHERE family_id = $1 AND revoked_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, family_id);
	db_bind_int(q, 2, expires_at);
	db_bind_int(q, 3, idle_lifetime);
	return row_change(db, q);
}

/* A revocation by one word: $1 is what names the families, $2 the reason, $3 the time. */
static enum err revoke(
	struct db_conn *db, const char *sql, struct str named, struct str reason, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, named);
	db_bind_str(q, 2, reason);
	db_bind_int(q, 3, now);
	return row_change(db, q);
}

/* Where it is no mistake when there was nothing to revoke. */
static enum err perhaps(enum err err)
{
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err refresh_family_revoke(
	struct db_conn *db, struct str family_id, struct str reason, int64_t now)
{
	return revoke(db,
		"UPDATE refresh_family SET revoked_at = $3, revoke_reason = $2"
		" WHERE family_id = $1 AND revoked_at = 0",
		family_id, reason, now);
}

enum err refresh_family_revoke_by_handle(
	struct db_conn *db, struct str handle, struct str reason, int64_t now)
{
	return perhaps(revoke(db,
		"UPDATE refresh_family SET revoked_at = $3, revoke_reason = $2"
		" WHERE handle = $1 AND revoked_at = 0",
		handle, reason, now));
}

static const char revoke_session[] =
	"UPDATE refresh_family SET revoked_at = $3, revoke_reason = $2"
	" WHERE sid = $1 AND revoked_at = 0";
static const char revoke_session_online[] =
	"UPDATE refresh_family SET revoked_at = $3, revoke_reason = $2"
	" WHERE sid = $1 AND revoked_at = 0 AND offline = 0";

enum err refresh_family_revoke_by_session(
	struct db_conn *db, struct str sid, bool offline_too, struct str reason, int64_t now)
{
	const char *sql = offline_too ? revoke_session : revoke_session_online;

	return perhaps(revoke(db, sql, sid, reason, now));
}

enum err refresh_family_revoke_by_user(struct db_conn *db, struct str user_id,
	struct str client_id, struct str reason, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE refresh_family SET revoked_at = $4, revoke_reason = $3"
		" WHERE user_id = $1 AND ($2 = '' OR client_id = $2) AND revoked_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, client_id);
	db_bind_str(q, 3, reason);
	db_bind_int(q, 4, now);
	return db_run(q);
}

enum err refresh_family_count_live(struct db_conn *db, int64_t now, int64_t *ret)
{
	return row_number_at(db,
		"SELECT count(*) FROM refresh_family WHERE revoked_at = 0"
		" AND (expires_at = 0 OR expires_at > $1)"
		" AND (idle_lifetime = 0 OR last_used_at + idle_lifetime > $1)",
		now, ret);
}

/* Three ways to end, each with its index. */
enum err refresh_family_prune(
	struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	static const char *const ends[] = {
		"DELETE FROM refresh_family WHERE family_id IN (SELECT family_id"
		" FROM refresh_family WHERE revoked_at > 0 AND revoked_at < $1 LIMIT $2)",
		"DELETE FROM refresh_family WHERE family_id IN (SELECT family_id"
		" FROM refresh_family WHERE expires_at > 0 AND expires_at < $1 LIMIT $2)",
		"DELETE FROM refresh_family WHERE family_id IN (SELECT family_id"
		" FROM refresh_family"
		" WHERE idle_lifetime > 0 AND last_used_at + idle_lifetime < $1 LIMIT $2)",
	};
	int64_t deleted = 0;
	enum err err = OK;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && err == OK; i++)
		err = row_prune(db, ends[i], before, max, &deleted);
	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
