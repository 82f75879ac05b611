/* SPDX-License-Identifier: Apache-2.0 */
#include "store/device_grant.h"

#include "store/rows.h"

#define COLUMNS                                                                      \
	"device_digest, user_digest, client_id, issuer, request, data, state, code," \
	" poll_interval, polled_at_ms, created_at, expires_at"

static void read_device(struct db_stmt *q, struct arena *arena, void *row)
{
	*(struct device_grant *)row = (struct device_grant){
		.key = db_str(q, arena, 0),
		.user_key = db_str(q, arena, 1),
		.client_id = db_str(q, arena, 2),
		.issuer = db_str(q, arena, 3),
		.request = db_str(q, arena, 4),
		.data = db_str(q, arena, 5),
		.state = db_str(q, arena, 6),
		.code = db_str(q, arena, 7),
		.interval = db_int(q, 8),
		.polled_at_ms = db_int(q, 9),
		.created_at = db_int(q, 10),
		.expires_at = db_int(q, 11),
	};
}

enum err device_grant_insert(struct db_conn *db, const struct device_grant *d)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"INSERT INTO device_grant (" COLUMNS
		") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, d->key);
	db_bind_blob(q, 2, d->user_key);
	db_bind_text(q, 3, d->client_id);
	db_bind_text(q, 4, d->issuer);
	db_bind_text(q, 5, d->request);
	db_bind_text(q, 6, d->data);
	db_bind_text(q, 7, d->state);
	db_bind_str(q, 8, d->code);
	db_bind_int(q, 9, d->interval);
	db_bind_int(q, 10, d->polled_at_ms);
	db_bind_int(q, 11, d->created_at);
	db_bind_int(q, 12, d->expires_at);
	return db_run(q);
}

enum err device_grant_count_waiting(struct db_conn *db, int64_t now, int64_t most, int64_t *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT count(*) FROM (SELECT 1 FROM device_grant"
		" WHERE expires_at > $1 AND state = 'pending' LIMIT $2) AS waiting",
		&q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, now);
	db_bind_int(q, 2, most);
	err = db_step(q);
	if (err == OK)
		*ret = db_int(q, 0);
	return err;
}

enum err device_grant_find(
	struct db_conn *db, struct arena *arena, struct str key, struct device_grant *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(
		db, "SELECT " COLUMNS " FROM device_grant WHERE device_digest = $1", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	return row_find(q, arena, read_device, sizeof(*ret), ret);
}

enum err device_grant_find_by_user(struct db_conn *db, struct arena *arena, struct str user_key,
	int64_t now, struct device_grant *ret)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT " COLUMNS " FROM device_grant WHERE user_digest = $1"
		" AND state = 'pending' AND expires_at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, user_key);
	db_bind_int(q, 2, now);
	return row_find(q, arena, read_device, sizeof(*ret), ret);
}

enum err device_grant_poll(struct db_conn *db, struct str key, int64_t interval, int64_t now_ms)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE device_grant SET poll_interval = $2, polled_at_ms = $3"
		" WHERE device_digest = $1",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_int(q, 2, interval);
	db_bind_int(q, 3, now_ms);
	return row_change(db, q);
}

enum err device_grant_answer(struct db_conn *db, struct str key, struct str code, int64_t now)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"UPDATE device_grant SET state = $2, code = $3"
		" WHERE device_digest = $1 AND state = 'pending' AND expires_at > $4",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, key);
	db_bind_text(q, 2, code.n > 0 ? S("approved") : S("denied"));
	db_bind_str(q, 3, code);
	db_bind_int(q, 4, now);
	return row_change(db, q);
}

enum err device_grant_prune(
	struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM device_grant WHERE device_digest IN"
		" (SELECT device_digest FROM device_grant WHERE expires_at <= $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
