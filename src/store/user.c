/* SPDX-License-Identifier: Apache-2.0 */
#include "store/user.h"

#include "store/logout_call.h"
#include "store/rows.h"

#define COLUMNS                                                                         \
	"user_id, email, email_verified, username, phone_number, phone_verified, name," \
	" password_hash, blocked, profile, app_metadata, user_metadata, created_at,"    \
	" updated_at, last_password_reset, last_login, last_ip, logins_count"

static void read_user(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct user *)row = (struct user){
		.user_id = db_str(q, arena, 0),
		.email = db_str(q, arena, 1),
		.email_verified = db_int(q, 2) != 0,
		.username = db_str(q, arena, 3),
		.phone_number = db_str(q, arena, 4),
		.phone_verified = db_int(q, 5) != 0,
		.name = db_str(q, arena, 6),
		.password_hash = db_str(q, arena, 7),
		.blocked = db_int(q, 8) != 0,
		.profile = db_str(q, arena, 9),
		.app_metadata = db_str(q, arena, 10),
		.user_metadata = db_str(q, arena, 11),
		.created_at = db_int(q, 12),
		.updated_at = db_int(q, 13),
		.last_password_reset = db_int(q, 14),
		.last_login = db_int(q, 15),
		.last_ip = db_str(q, arena, 16),
		.logins_count = db_int(q, 17),
	};
}

static enum err find_by(struct db_conn *db, struct arena *arena, const char *sql,
	struct str value, struct user *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db, sql, &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, value);
	return row_find(q, arena, read_user, sizeof(*ret), ret);
}

enum err user_find(
	struct db_conn *db, struct arena *arena, struct str user_id, struct user *ret)
{
	return find_by(db, arena, "SELECT " COLUMNS " FROM user_account WHERE user_id = $1",
		user_id, ret);
}

/* The e-mail first: nobody gets in the way of its owner by taking it as a user name. */
enum err user_find_by_login(
	struct db_conn *db, struct arena *arena, struct str identifier, struct user *ret)
{
	enum err err = find_by(db, arena,
		"SELECT " COLUMNS " FROM user_account WHERE lower(email) = lower($1)",
		identifier, ret);

	if (err != ERR_NOT_FOUND)
		return err;
	return find_by(db, arena,
		"SELECT " COLUMNS " FROM user_account WHERE lower(username) = lower($1)",
		identifier, ret);
}

enum err user_list(struct db_conn *db, struct arena *arena, struct str after, size_t max,
	struct user **ret, size_t *ret_count)
{
	auto_stmt *q = NULL;
	void *rows;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS
		" FROM user_account WHERE user_id > $1 ORDER BY user_id LIMIT $2",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, after);
	db_bind_int(q, 2, (int64_t)max);
	err = row_list(q, arena, read_user, sizeof(**ret), &rows, ret_count);
	if (err == OK)
		*ret = rows;
	return err;
}

enum err user_count(struct db_conn *db, int64_t *ret)
{
	return row_number(db, "SELECT count(*) FROM user_account", ret);
}

/* The parameters that insert and update share. */
static void bind_account(struct db_stmt *q, const struct user *u)
{
	db_bind_text(q, 1, u->user_id);
	db_bind_str(q, 2, u->email);
	db_bind_int(q, 3, u->email_verified);
	db_bind_str(q, 4, u->username);
	db_bind_str(q, 5, u->phone_number);
	db_bind_int(q, 6, u->phone_verified);
	db_bind_str(q, 7, u->name);
	db_bind_str(q, 8, u->password_hash);
	db_bind_int(q, 9, u->blocked);
	db_bind_str(q, 10, u->profile);
	db_bind_str(q, 11, u->app_metadata);
	db_bind_str(q, 12, u->user_metadata);
	db_bind_int(q, 13, u->updated_at);
	db_bind_int(q, 14, u->last_password_reset);
}

enum err user_insert(struct db_conn *db, const struct user *u)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO user_account (user_id, email, email_verified, username,"
		" phone_number, phone_verified, name, password_hash, blocked, profile,"
		" app_metadata, user_metadata, updated_at, last_password_reset, created_at,"
		" last_login, last_ip, logins_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
		" $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
		&q);

	if (err != OK)
		return err;
	bind_account(q, u);
	db_bind_int(q, 15, u->created_at);
	db_bind_int(q, 16, u->last_login);
	db_bind_str(q, 17, u->last_ip);
	db_bind_int(q, 18, u->logins_count);
	return db_run(q);
}

/* Who is blocked keeps the session, that only answers no (row 14); applications hear of it. */
static enum err tell_of_block(struct db_conn *db, const struct user *u)
{
	auto_stmt *q = NULL;
	enum err err;

	if (!u->blocked)
		return OK;
	err = db_prepare(
		db, "SELECT 1 FROM user_account WHERE user_id = $1 AND blocked = 0", &q);
	if (err != OK)
		return err;
	db_bind_text(q, 1, u->user_id);
	err = db_step(q);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	return logout_call_queue_by_user(db, u->user_id, S(""), u->updated_at);
}

enum err user_update(struct db_conn *db, const struct user *u)
{
	auto_stmt *q = NULL;
	enum err err = tell_of_block(db, u);

	if (err != OK)
		return err;
	err = db_prepare(db,
		"UPDATE user_account SET email = $2, email_verified = $3, username = $4,"
		" phone_number = $5, phone_verified = $6, name = $7, password_hash = $8,"
		" blocked = $9, profile = $10, app_metadata = $11, user_metadata = $12,"
		" updated_at = $13, last_password_reset = $14 WHERE user_id = $1",
		&q);

	if (err != OK)
		return err;
	bind_account(q, u);
	return row_change(db, q);
}

enum err user_set_password_hash(struct db_conn *db, struct str user_id, struct str hash)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "UPDATE user_account SET password_hash = $2 WHERE user_id = $1", &q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_str(q, 2, hash);
	return row_change(db, q);
}

enum err user_note_login(struct db_conn *db, struct str user_id, struct str ip, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE user_account SET last_login = $3, last_ip = $2,"
		" logins_count = logins_count + 1 WHERE user_id = $1",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	db_bind_str(q, 2, ip);
	db_bind_int(q, 3, now);
	return row_change(db, q);
}

/* The rows stay so that the browser hears "revoked"; where its owner sat is forgotten. */
static enum err end_sessions(struct db_conn *db, struct str user_id)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE session SET ended_at = last_active_at, end_reason = 'user_deleted',"
		" ip = NULL, user_agent = NULL WHERE user_id = $1 AND ended_at = 0",
		&q);

	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	return db_run(q);
}

/* Grants, families and factors go by ON DELETE CASCADE. */
enum err user_delete(struct db_conn *db, struct str user_id, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = logout_call_queue_by_user(db, user_id, S(""), now);

	if (err != OK)
		return err;
	err = db_prepare(db, "DELETE FROM user_account WHERE user_id = $1", &q);
	if (err != OK)
		return err;
	db_bind_text(q, 1, user_id);
	err = row_change(db, q);
	return err == OK ? end_sessions(db, user_id) : err;
}
