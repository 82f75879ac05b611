/* SPDX-License-Identifier: Apache-2.0 */
#include "store/factor.h"

#include "store/rows.h"

#define COLUMNS                                                                       \
	"SELECT factor_id, user_id, type, name, sealed, data, confirmed, created_at," \
	" last_used_at, last_step"

static void read_factor(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct factor *)row = (struct factor){
		.factor_id = db_str(q, arena, 0),
		.user_id = db_str(q, arena, 1),
		.type = db_str(q, arena, 2),
		.name = db_str(q, arena, 3),
		.sealed = db_str(q, arena, 4),
		.data = db_str(q, arena, 5),
		.confirmed = db_int(q, 6) != 0,
		.created_at = db_int(q, 7),
		.last_used_at = db_int(q, 8),
		.last_step = db_int(q, 9),
	};
}

enum err factor_list(struct db_conn *db, struct arena *arena, struct str user_id,
	struct factor **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		COLUMNS " FROM factor WHERE user_id = $1"
			" ORDER BY created_at, factor_id",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	err = row_list(q, arena, read_factor, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err factor_insert(struct db_conn *db, const struct factor *f)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO factor (factor_id, user_id, type, name, sealed, data, confirmed,"
		" created_at, last_used_at, last_step)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, f->factor_id);
	db_bind_text(q, 2, f->user_id);
	db_bind_text(q, 3, f->type);
	db_bind_str(q, 4, f->name);
	db_bind_blob(q, 5, f->sealed);
	db_bind_str(q, 6, f->data);
	db_bind_int(q, 7, f->confirmed);
	db_bind_int(q, 8, f->created_at);
	db_bind_int(q, 9, f->last_used_at);
	db_bind_int(q, 10, f->last_step);
	return db_run(q);
}

enum err factor_use(struct db_conn *db, struct str factor_id, int64_t step, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE factor SET confirmed = 1, last_step = $2, last_used_at ="
		" CASE WHEN last_used_at < $3 THEN $3 ELSE last_used_at END"
		" WHERE factor_id = $1 AND (last_step < $2 OR $2 = 0)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, factor_id);
	db_bind_int(q, 2, step);
	db_bind_int(q, 3, now);
	err = row_change(db, q);
	return err == ERR_NOT_FOUND ? ERR_CONFLICT : err;
}

enum err factor_delete(struct db_conn *db, struct str user_id, struct str factor_id)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "DELETE FROM factor WHERE user_id = $1 AND factor_id = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, factor_id);
	return row_change(db, q);
}

enum err factor_rename(
	struct db_conn *db, struct str user_id, struct str factor_id, struct str name)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "UPDATE factor SET name = $3 WHERE user_id = $1 AND factor_id = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, factor_id);
	db_bind_str(q, 3, name);
	return row_change(db, q);
}

enum err factor_find(
	struct db_conn *db, struct arena *arena, struct str factor_id, struct factor *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, COLUMNS " FROM factor WHERE factor_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, factor_id);
	return row_find(q, arena, read_factor, sizeof(*ret), ret);
}

enum err factor_change(struct db_conn *db, struct str factor_id, struct str before,
	struct str after, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE factor SET confirmed = 1, data = $3, last_used_at = $4"
		" WHERE factor_id = $1 AND data = $2",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, factor_id);
	db_bind_text(q, 2, before);
	db_bind_text(q, 3, after);
	db_bind_int(q, 4, now);
	err = row_change(db, q);
	return err == ERR_NOT_FOUND ? ERR_CONFLICT : err;
}

enum err factor_any_passkey(struct db_conn *db, bool *ret)
{
	int64_t found = 0;
	enum err err = row_number(db,
		"SELECT CASE WHEN EXISTS (SELECT 1 FROM factor WHERE type = 'passkey')"
		" THEN 1 ELSE 0 END",
		&found);

	if (err == OK)
		*ret = found != 0;
	return err;
}
