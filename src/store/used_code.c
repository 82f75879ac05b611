/* SPDX-License-Identifier: Apache-2.0 */
#include "store/used_code.h"

#include "store/rows.h"

enum err used_code_take(struct db_conn *db, struct str id, int64_t now, int64_t keep_until)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO used_code (id, used_at, keep_until) VALUES ($1, $2, $3)"
		" ON CONFLICT (id) DO NOTHING",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, id);
	db_bind_int(q, 2, now);
	db_bind_int(q, 3, keep_until);
	err = row_change(db, q);
	return err == ERR_NOT_FOUND ? ERR_CONFLICT : err;
}

enum err used_code_find(struct db_conn *db, struct str id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "SELECT 1 FROM used_code WHERE id = $1", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, id);
	return db_step(q);
}

enum err used_code_prune(struct db_conn *db, int64_t now, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM used_code WHERE id IN"
		" (SELECT id FROM used_code WHERE keep_until <= $1 LIMIT $2)",
		now, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
