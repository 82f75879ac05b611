/* SPDX-License-Identifier: Apache-2.0 */
#include "store/attempt.h"

#include "store/rows.h"

enum err attempt_count(struct db_conn *db, struct str subject, int64_t since,
	int64_t *ret_failures, int64_t *ret_last)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(db,
		"SELECT CAST(coalesce(sum(failures), 0) AS BIGINT), coalesce(max(at), 0)"
		" FROM attempt WHERE subject = $1 AND at > $2",
		&q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, subject);
	db_bind_int(q, 2, since);
	err = db_step(q);
	if (err != OK)
		return err;
	*ret_failures = db_int(q, 0);
	*ret_last = db_int(q, 1);
	return OK;
}

static enum err forget(struct db_conn *db, struct str subject, int64_t until)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "DELETE FROM attempt WHERE subject = $1 AND at <= $2", &q);

	if (err != OK)
		return err;
	db_bind_blob(q, 1, subject);
	db_bind_int(q, 2, until);
	return db_run(q);
}

enum err attempt_fail(struct db_conn *db, struct str subject, int64_t now, int64_t since)
{
	auto_stmt *q = NULL;
	enum err err = forget(db, subject, since);

	if (err == OK)
		err = db_prepare(db,
			"INSERT INTO attempt (subject, at, failures) VALUES ($1, $2, 1)"
			" ON CONFLICT (subject, at)"
			" DO UPDATE SET failures = attempt.failures + 1",
			&q);
	if (err != OK)
		return err;
	db_bind_blob(q, 1, subject);
	db_bind_int(q, 2, now);
	return db_run(q);
}

enum err attempt_clear(struct db_conn *db, struct str subject)
{
	return forget(db, subject, INT64_MAX);
}

enum err attempt_prune(struct db_conn *db, int64_t before, size_t max, int64_t *ret_deleted)
{
	int64_t deleted = 0;
	enum err err = row_prune(db,
		"DELETE FROM attempt WHERE (subject, at) IN"
		" (SELECT subject, at FROM attempt WHERE at < $1 LIMIT $2)",
		before, max, &deleted);

	if (err == OK)
		*ret_deleted = deleted;
	return err;
}
