/* SPDX-License-Identifier: Apache-2.0 */
#include "store/interaction.h"

#include "store/rows.h"

#define COLUMNS                                                                  \
	"id_digest, binding_digest, client_id, request, issuer, page, answered," \
	" login_at, sid, denied, data, created_at, expires_at"

static void read_interaction(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct interaction *)row = (struct interaction){
		.key = db_str(q, arena, 0),
		.binding = db_str(q, arena, 1),
		.client_id = db_str(q, arena, 2),
		.request = db_str(q, arena, 3),
		.issuer = db_str(q, arena, 4),
		.page = db_str(q, arena, 5),
		.answered = (unsigned)db_int(q, 6),
		.login_at = db_int(q, 7),
		.sid = db_str(q, arena, 8),
		.denied = db_int(q, 9) != 0,
		.data = db_str(q, arena, 10),
		.created_at = db_int(q, 11),
		.expires_at = db_int(q, 12),
	};
}

enum err interaction_insert(struct db_conn *db, const struct interaction *i)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO interaction (" COLUMNS
		") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, i->key);
	db_bind_blob(q, 2, i->binding);
	db_bind_str(q, 3, i->client_id);
	db_bind_str(q, 4, i->request);
	db_bind_str(q, 5, i->issuer);
	db_bind_str(q, 6, i->page);
	db_bind_int(q, 7, i->answered);
	db_bind_int(q, 8, i->login_at);
	db_bind_str(q, 9, i->sid);
	db_bind_int(q, 10, i->denied);
	db_bind_str(q, 11, i->data);
	db_bind_int(q, 12, i->created_at);
	db_bind_int(q, 13, i->expires_at);
	return db_run(q);
}

enum err interaction_find(struct db_conn *db, struct arena *arena, struct str key, int64_t now,
	struct interaction *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS " FROM interaction WHERE id_digest = $1 AND expires_at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, now);
	return row_find(q, arena, read_interaction, sizeof(*ret), ret);
}

enum err interaction_update(struct db_conn *db, const struct interaction *i)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE interaction SET page = $2, answered = $3, login_at = $4, sid = $5,"
		" denied = $6, data = $7 WHERE id_digest = $1",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, i->key);
	db_bind_str(q, 2, i->page);
	db_bind_int(q, 3, i->answered);
	db_bind_int(q, 4, i->login_at);
	db_bind_str(q, 5, i->sid);
	db_bind_int(q, 6, i->denied);
	db_bind_str(q, 7, i->data);
	return row_change(db, q);
}

enum err interaction_take(struct db_conn *db, struct str key)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "DELETE FROM interaction WHERE id_digest = $1", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	return row_change(db, q);
}

enum err interaction_prune(struct db_conn *db, int64_t now, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM interaction WHERE id_digest IN"
		" (SELECT id_digest FROM interaction WHERE expires_at <= $1 LIMIT $2)",
		now, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}

/* All last equally long: the first to end is the oldest. */
enum err interaction_prune_oldest(
	struct db_conn *db, int64_t most, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM interaction WHERE id_digest IN"
		" (SELECT id_digest FROM interaction ORDER BY expires_at LIMIT"
		" (SELECT CASE WHEN count(*) <= $1 THEN 0 WHEN count(*) - $1 < $2"
		" THEN count(*) - $1 ELSE $2 END FROM interaction))",
		most, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
