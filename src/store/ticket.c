/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ticket.h"

#include "store/rows.h"

static void read_ticket(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct ticket *)row = (struct ticket){
		.key = db_str(q, arena, 0),
		.kind = db_str(q, arena, 1),
		.user_id = db_str(q, arena, 2),
		.email = db_str(q, arena, 3),
		.client_id = db_str(q, arena, 4),
		.sealed = db_str(q, arena, 5),
		.created_at = db_int(q, 6),
		.expires_at = db_int(q, 7),
	};
}

enum err ticket_insert(struct db_conn *db, const struct ticket *t)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO ticket (id_digest, kind, user_id, email, client_id, sealed,"
		" created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, t->key);
	db_bind_text(q, 2, t->kind);
	db_bind_str(q, 3, t->user_id);
	db_bind_str(q, 4, t->email);
	db_bind_str(q, 5, t->client_id);
	db_bind_blob(q, 6, t->sealed);
	db_bind_int(q, 7, t->created_at);
	db_bind_int(q, 8, t->expires_at);
	return db_run(q);
}

enum err ticket_find(struct db_conn *db, struct arena *arena, struct str key, int64_t now,
	struct ticket *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT id_digest, kind, user_id, email, client_id, sealed, created_at,"
		" expires_at FROM ticket WHERE id_digest = $1 AND expires_at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, now);
	return row_find(q, arena, read_ticket, sizeof(*ret), ret);
}

enum err ticket_take(struct db_conn *db, struct str key, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "DELETE FROM ticket WHERE id_digest = $1 AND expires_at > $2", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, now);
	return row_change(db, q);
}

enum err ticket_delete_by_user(struct db_conn *db, struct str user_id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "DELETE FROM ticket WHERE user_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	return db_run(q);
}

enum err ticket_count(struct db_conn *db, struct str email, int64_t since, int64_t *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT count(*) FROM ticket WHERE lower(email) = lower($1)"
		" AND created_at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, email);
	db_bind_int(q, 2, since);
	err = db_step(q);
	if (err == OK)
		*ret = db_int(q, 0);
	return err;
}

enum err ticket_count_unused(
	struct db_conn *db, struct str user_id, struct str kind, int64_t since, int64_t *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT count(*) FROM ticket WHERE user_id = $1 AND kind = $2"
		" AND created_at > $3",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_text(q, 2, kind);
	db_bind_int(q, 3, since);
	err = db_step(q);
	if (err == OK)
		*ret = db_int(q, 0);
	return err;
}

enum err ticket_prune(struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM ticket WHERE id_digest IN"
		" (SELECT id_digest FROM ticket WHERE expires_at < $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
