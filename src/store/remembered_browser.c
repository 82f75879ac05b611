/* SPDX-License-Identifier: Apache-2.0 */
#include "store/remembered_browser.h"

#include "store/rows.h"

static enum err move(struct db_conn *db, struct str before, struct str after)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "UPDATE remembered_browser SET browser = $2 WHERE browser = $1", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, before);
	db_bind_blob(q, 2, after);
	return db_run(q);
}

enum err remembered_browser_add(
	struct db_conn *db, struct str before, const struct remembered_browser *row)
{
	auto_stmt *q = NULL;
	enum err err = before.n > 0 ? move(db, before, row->browser) : OK;

	if (err == OK)
		err = db_prepare(db,
			"INSERT INTO remembered_browser (browser, user_id, created_at,"
			" last_used_at, user_agent, ip) VALUES ($1, $2, $3, $3, $4, $5)"
			" ON CONFLICT (browser, user_id)"
			" DO UPDATE SET created_at = excluded.created_at,"
			" last_used_at = excluded.last_used_at,"
			" user_agent = excluded.user_agent, ip = excluded.ip",
			&q);
	if (err != OK)
		return err;
	db_bind_blob(q, 1, row->browser);
	db_bind_text(q, 2, row->user_id);
	db_bind_int(q, 3, row->created_at);
	db_bind_str(q, 4, row->user_agent);
	db_bind_str(q, 5, row->ip);
	return db_run(q);
}

static void read_browser(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct remembered_browser *)row = (struct remembered_browser){
		.browser = db_str(q, arena, 0),
		.user_id = db_str(q, arena, 1),
		.user_agent = db_str(q, arena, 2),
		.ip = db_str(q, arena, 3),
		.created_at = db_int(q, 4),
		.last_used_at = db_int(q, 5),
	};
}

enum err remembered_browser_list(struct db_conn *db, struct arena *arena, struct str user_id,
	int64_t now, struct remembered_browser **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT browser, user_id, user_agent, ip, created_at, last_used_at"
		" FROM remembered_browser WHERE user_id = $1 AND created_at > $2"
		" AND last_used_at > $3 ORDER BY last_used_at DESC, browser",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_int(q, 2, now - REMEMBERED_SECONDS);
	db_bind_int(q, 3, now - REMEMBERED_UNUSED_SECONDS);
	err = row_list(q, arena, read_browser, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err remembered_browser_find(struct db_conn *db, struct str browser, struct str user_id,
	int64_t now, int64_t *ret_last)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT last_used_at FROM remembered_browser WHERE browser = $1"
		" AND user_id = $2 AND created_at > $3 AND last_used_at > $4",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, browser);
	db_bind_text(q, 2, user_id);
	db_bind_int(q, 3, now - REMEMBERED_SECONDS);
	db_bind_int(q, 4, now - REMEMBERED_UNUSED_SECONDS);
	err = db_step(q);
	if (err == OK)
		*ret_last = db_int(q, 0);
	return err;
}

enum err remembered_browser_touch(
	struct db_conn *db, struct str browser, struct str user_id, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE remembered_browser SET last_used_at = $3"
		" WHERE browser = $1 AND user_id = $2 AND last_used_at < $3",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, browser);
	db_bind_text(q, 2, user_id);
	db_bind_int(q, 3, now);
	return db_run(q);
}

enum err remembered_browser_forget(struct db_conn *db, struct str user_id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "DELETE FROM remembered_browser WHERE user_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	return db_run(q);
}

enum err remembered_browser_forget_one(
	struct db_conn *db, struct str user_id, struct str browser)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "DELETE FROM remembered_browser WHERE user_id = $1 AND browser = $2", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_blob(q, 2, browser);
	return row_change(db, q);
}

enum err remembered_browser_prune(
	struct db_conn *db, int64_t now, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM remembered_browser WHERE (browser, user_id) IN"
		" (SELECT browser, user_id FROM remembered_browser WHERE last_used_at <= $1"
		" LIMIT $2)",
		now - REMEMBERED_UNUSED_SECONDS, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
