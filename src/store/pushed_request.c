/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pushed_request.h"

#include "store/rows.h"

static void read_pushed(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct pushed_request *)row = (struct pushed_request){
		.key = db_str(q, arena, 0),
		.client_id = db_str(q, arena, 1),
		.request = db_str(q, arena, 2),
		.expires_at = db_int(q, 3),
	};
}

enum err pushed_request_insert(struct db_conn *db, const struct pushed_request *p)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO pushed_request (id_digest, client_id, request, expires_at)"
		" VALUES ($1, $2, $3, $4)",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, p->key);
	db_bind_text(q, 2, p->client_id);
	db_bind_text(q, 3, p->request);
	db_bind_int(q, 4, p->expires_at);
	return db_run(q);
}

enum err pushed_request_find(struct db_conn *db, struct arena *arena, struct str key,
	int64_t now, struct pushed_request *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT id_digest, client_id, request, expires_at FROM pushed_request"
		" WHERE id_digest = $1 AND expires_at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, now);
	return row_find(q, arena, read_pushed, sizeof(*ret), ret);
}

enum err pushed_request_take(struct db_conn *db, struct str key)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "DELETE FROM pushed_request WHERE id_digest = $1", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	return row_change(db, q);
}

enum err pushed_request_prune(struct db_conn *db, int64_t now, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM pushed_request WHERE id_digest IN"
		" (SELECT id_digest FROM pushed_request WHERE expires_at <= $1 LIMIT $2)",
		now, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
