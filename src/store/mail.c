/* SPDX-License-Identifier: Apache-2.0 */
#include "store/mail.h"

#include "store/rows.h"

static void read_mail(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct mail *)row = (struct mail){
		.mail_id = db_str(q, arena, 0),
		.sealed = db_str(q, arena, 1),
		.attempts = db_int(q, 2),
		.next_at = db_int(q, 3),
		.created_at = db_int(q, 4),
		.expires_at = db_int(q, 5),
	};
}

enum err mail_insert(struct db_conn *db, const struct mail *m)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO mail (mail_id, sealed, attempts, next_at, created_at,"
		" expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, m->mail_id);
	db_bind_blob(q, 2, m->sealed);
	db_bind_int(q, 3, m->attempts);
	db_bind_int(q, 4, m->next_at);
	db_bind_int(q, 5, m->created_at);
	db_bind_int(q, 6, m->expires_at);
	return db_run(q);
}

enum err mail_next(struct db_conn *db, struct arena *arena, int64_t now, struct mail *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT mail_id, sealed, attempts, next_at, created_at, expires_at FROM mail"
		" WHERE next_at <= $1 AND expires_at > $1 ORDER BY next_at LIMIT 1",
		&q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, now);
	return row_find(q, arena, read_mail, sizeof(*ret), ret);
}

enum err mail_claim(struct db_conn *db, const struct mail *m, int64_t until)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE mail SET attempts = attempts + 1, next_at = $3"
		" WHERE mail_id = $1 AND attempts = $2",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, m->mail_id);
	db_bind_int(q, 2, m->attempts);
	db_bind_int(q, 3, until);
	return row_change(db, q);
}

enum err mail_postpone(struct db_conn *db, struct str mail_id, int64_t next_at)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "UPDATE mail SET next_at = $2 WHERE mail_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, mail_id);
	db_bind_int(q, 2, next_at);
	return row_change(db, q);
}

enum err mail_delete(struct db_conn *db, struct str mail_id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, "DELETE FROM mail WHERE mail_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, mail_id);
	return row_change(db, q);
}

enum err mail_prune(struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM mail WHERE mail_id IN"
		" (SELECT mail_id FROM mail WHERE expires_at < $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
