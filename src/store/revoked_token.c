/* SPDX-License-Identifier: Apache-2.0 */
#include "store/revoked_token.h"

#include "store/rows.h"

/* Revoked again: the later end counts. */
enum err revoked_token_insert(struct db_conn *db, struct str id, int64_t until)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO revoked_token (id, keep_until) VALUES ($1, $2)"
		" ON CONFLICT (id) DO UPDATE SET keep_until = excluded.keep_until"
		" WHERE revoked_token.keep_until < excluded.keep_until",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, id);
	db_bind_int(q, 2, until);
	return db_run(q);
}

enum err revoked_token_find(struct db_conn *db, struct str jti, struct str handle)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "SELECT 1 FROM revoked_token WHERE id IN ($1, $2) LIMIT 1", &q);

	if (err != OK)
		return err;
	db_bind_str(q, 1, jti);
	db_bind_str(q, 2, handle);
	return db_step(q);
}

enum err revoked_token_prune(struct db_conn *db, int64_t now, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM revoked_token WHERE id IN"
		" (SELECT id FROM revoked_token WHERE keep_until <= $1 LIMIT $2)",
		now, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
