/* SPDX-License-Identifier: Apache-2.0 */
#include "store/rows.h"

#include <string.h>

enum { FIRST_ROWS = 16 };

enum err row_find(
	struct db_stmt *q, struct arena *arena, row_read_fn *read, size_t size, void *ret)
{
	enum err err = db_step(q);

	if (err != OK)
		return err;
	memset(ret, 0, size);
	read(q, arena, ret);
	return OK;
}

enum err row_list(struct db_stmt *q, struct arena *arena, row_read_fn *read, size_t size,
	void **ret, size_t *ret_count)
{
	size_t room = FIRST_ROWS, n = 0;
	char *rows = arena_alloc(arena, room * size);
	enum err err;

	while ((err = db_step(q)) == OK) {
		if (n == room) {
			char *larger = arena_alloc(arena, 2 * room * size);

			memcpy(larger, rows, n * size);
			rows = larger;
			room *= 2;
		}
		read(q, arena, rows + n * size);
		n++;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	*ret = rows;
	*ret_count = n;
	return OK;
}

enum err row_change(struct db_conn *db, struct db_stmt *q)
{
	enum err err = db_run(q);

	if (err != OK)
		return err;
	return db_changes(db) > 0 ? OK : ERR_NOT_FOUND;
}

enum err row_prune(
	struct db_conn *db, const char *sql, int64_t before, size_t max, int64_t *deleted)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, before);
	db_bind_int(q, 2, (int64_t)max - *deleted);
	err = db_run(q);
	if (err == OK)
		*deleted += db_changes(db);
	return err;
}

static enum err read_number(struct db_stmt *q, int64_t *ret)
{
	enum err err = db_step(q);

	if (err == OK)
		*ret = db_int(q, 0);
	return err;
}

enum err row_number(struct db_conn *db, const char *sql, int64_t *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	return err ? err : read_number(q, ret);
}

enum err row_number_at(struct db_conn *db, const char *sql, int64_t now, int64_t *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err)
		return err;
	db_bind_int(q, 1, now);
	return read_number(q, ret);
}
