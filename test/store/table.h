/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* table: a database with one table t (a, b, c), for the tests that know no store. */

#include "store_test.h"

static inline enum err run(struct db_conn *conn, const char *sql)
{
	return db_script(conn, str_from(sql));
}

static inline int open_with_table(void **state)
{
	struct bench *b;

	bench_open(state);
	b = *state;
	row_err("a table",
		WRITE(b, run(w, "CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT, c BLOB)")), OK);
	return 0;
}

static inline enum err insert(struct db_conn *conn, int64_t a, struct str text, struct str blob)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(conn, "INSERT INTO t (b, a, c) VALUES ($2, $1, $3)", &q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, a);
	db_bind_str(q, 2, text);
	db_bind_blob(q, 3, blob);
	return db_run(q);
}

static inline int64_t count(struct db_conn *conn)
{
	auto_stmt *q = NULL;

	row_err("count", db_prepare(conn, "SELECT count(*) FROM t", &q), OK);
	row_err("count", db_step(q), OK);
	return db_int(q, 0);
}
