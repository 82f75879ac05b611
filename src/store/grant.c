/* SPDX-License-Identifier: Apache-2.0 */
#include "store/grant.h"

#include "store/rows.h"

#define COLUMNS "grant_id, user_id, client_id, audience, scope, created_at, updated_at"

static void read_grant(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct grant *)row = (struct grant){
		.grant_id = db_str(q, arena, 0),
		.user_id = db_str(q, arena, 1),
		.client_id = db_str(q, arena, 2),
		.audience = db_str(q, arena, 3),
		.scope = db_str(q, arena, 4),
		.created_at = db_int(q, 5),
		.updated_at = db_int(q, 6),
	};
}

enum err grant_find(struct db_conn *db, struct arena *arena, struct str user_id,
	struct str client_id, struct str audience, struct grant *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS
		" FROM user_grant WHERE user_id = $1 AND client_id = $2 AND audience = $3",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, client_id);
	db_bind_text(q, 3, audience);
	return row_find(q, arena, read_grant, sizeof(*ret), ret);
}

enum err grant_find_by_id(
	struct db_conn *db, struct arena *arena, struct str grant_id, struct grant *ret)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "SELECT " COLUMNS " FROM user_grant WHERE grant_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, grant_id);
	return row_find(q, arena, read_grant, sizeof(*ret), ret);
}

enum err grant_list_by_user(struct db_conn *db, struct arena *arena, struct str user_id,
	struct grant **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS
		" FROM user_grant WHERE user_id = $1 ORDER BY client_id, audience",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	err = row_list(q, arena, read_grant, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

static enum err insert_first(struct db_conn *db, const struct grant *g, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO user_grant (" COLUMNS ") VALUES ($1, $2, $3, $4, '', $5, $5)"
		" ON CONFLICT (user_id, client_id, audience) DO NOTHING",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, g->grant_id);
	db_bind_text(q, 2, g->user_id);
	db_bind_text(q, 3, g->client_id);
	db_bind_text(q, 4, g->audience);
	db_bind_int(q, 5, now);
	return db_run(q);
}

/* One word more, unless it is there: a set in a string, which SQL can add to without reading.
 */
static enum err add_word(
	struct db_conn *db, const struct grant *g, struct str word, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE user_grant SET updated_at = $5,"
		" scope = CASE WHEN scope = '' THEN $4 ELSE scope || ' ' || $4 END"
		" WHERE user_id = $1 AND client_id = $2 AND audience = $3"
		" AND replace(' ' || scope || ' ', ' ' || $4 || ' ', '') ="
		" ' ' || scope || ' '",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, g->user_id);
	db_bind_text(q, 2, g->client_id);
	db_bind_text(q, 3, g->audience);
	db_bind_text(q, 4, word);
	db_bind_int(q, 5, now);
	return db_run(q);
}

enum err grant_add(struct db_conn *db, const struct grant *g, int64_t now)
{
	struct str rest = g->scope, word;
	enum err err = insert_first(db, g, now);

	while (err == OK && str_split(&rest, ' ', &word))
		if (word.n > 0)
			err = add_word(db, g, word, now);
	return err;
}

static enum err revoke_families(struct db_conn *db, struct str grant_id, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE refresh_family SET revoked_at = $2, revoke_reason = 'grant_deleted'"
		" FROM user_grant AS g WHERE g.grant_id = $1 AND refresh_family.revoked_at = 0"
		" AND refresh_family.user_id = g.user_id"
		" AND refresh_family.client_id = g.client_id"
		" AND coalesce(refresh_family.audience, '') = g.audience",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, grant_id);
	db_bind_int(q, 2, now);
	return db_run(q);
}

enum err grant_delete(struct db_conn *db, struct str grant_id, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = revoke_families(db, grant_id, now);

	if (err == OK)
		err = db_prepare(db, "DELETE FROM user_grant WHERE grant_id = $1", &q);
	if (err != OK)
		return err;
	db_bind_text(q, 1, grant_id);
	return row_change(db, q);
}
