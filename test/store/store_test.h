/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * store_test: a database for tests, and changes written where they are tested.
 *
 * The database is a new SQLite file in a folder of its own, or what TACIT_STORE_URL names,
 * which is emptied before each test.
 */

#include "../unit/rows.h"
#include "base/err.h"
#include "db/db.h"

struct bench {
	struct db *db;
	struct arena *arena; /* reset after each test */
	char folder[64];     /* for files of the test's own */
};

/* cmocka fixtures: *state is a struct bench. */
int bench_open(void **state); /* an empty database, no schema */
int bench_open_with_schema(void **state);
int bench_clear(void **state); /* every table; for each test */
int bench_close(void **state);

/* A path in the folder, in the arena. */
const char *bench_path(struct bench *, const char *name);
struct str bench_url(struct bench *, const char *name);

/*
 * The writer's connection, lent to this thread in the middle of a change; and the change's end,
 * which is also the return value of db_write.
 */
struct db_conn *change_begin(struct db *);
enum err change_end(enum err);

/* `call` is a function of the store on the connection `w`: WRITE(b, used_code_take(w, …)). */
#define WRITE(bench, call)                                     \
	__extension__({                                        \
		struct db_conn *w = change_begin((bench)->db); \
		change_end(call);                              \
	})

static inline void row_err(const char *row, enum err got, enum err want)
{
	if (got != want)
		fail_msg("%s\n    want %s\n    got  %s", row, err_name(want), err_name(got));
}
