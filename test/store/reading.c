/* SPDX-License-Identifier: Apache-2.0 */

/* What readers see while others write: the views and the map that the SQLite driver keeps. */

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

#include "table.h"

static int64_t bytes(struct db_conn *conn)
{
	auto_stmt *q = NULL;

	row_err("sum", db_prepare(conn, "SELECT sum(length(c)) FROM t", &q), OK);
	row_err("sum", db_step(q), OK);
	return db_int(q, 0);
}

static enum err insert_pages(struct db_conn *conn, int64_t from, int64_t n)
{
	static const char page[4096] = { 1 };
	enum err err = OK;

	for (int64_t a = from; a < from + n && err == OK; a++)
		err = insert(conn, a, S("x"), (struct str){ page, sizeof(page) });
	return err;
}

static int keep_busy(void *ret, int columns, char **values, char **names)
{
	(void)columns;
	(void)names;
	*(bool *)ret = strcmp(values[0], "0") != 0;
	return 0;
}

/* By another connection. SQLite does not wait while somebody else, our checkpointer, does it.
 */
static bool empty_wal(sqlite3 *other)
{
	bool busy = true;

	for (int i = 0; i < 1000 && busy; i++) {
		if (sqlite3_exec(other, "PRAGMA wal_checkpoint(TRUNCATE)", keep_busy, &busy,
			    NULL) != SQLITE_OK)
			return false;
		if (busy)
			sqlite3_sleep(10);
	}
	return !busy;
}

/* Our file system keeps a reader's map of the file (sqlite_map.c). */
static void a_file_that_shrinks_and_grows_below_a_reader(void **state)
{
	struct bench *b = *state;
	const char *shrink = "DELETE FROM t WHERE a >= 10; VACUUM";
	struct stat large, small;
	sqlite3 *other;

	row_int("open", sqlite3_open(bench_path(b, "test.db"), &other), SQLITE_OK);
	sqlite3_busy_timeout(other, 5000); /* a reader keeps its view for a moment */
	for (int round = 0; round < 3; round++) {
		row_err("grow", WRITE(b, insert_pages(w, 10, 2000)), OK);
		row_err("and have", WRITE(b, insert_pages(w, 5000 + round, 1)), OK);
		row_true("move", empty_wal(other));
		row_int("large", stat(bench_path(b, "test.db"), &large), 0);
		row_int("all", bytes(db_reader(b->db)), 2001 * 4096);
		row_int("shrink", sqlite3_exec(other, shrink, NULL, NULL, NULL), SQLITE_OK);
		row_true("and move", empty_wal(other));
		row_int("small", stat(bench_path(b, "test.db"), &small), 0);
		row_true("the file is shorter", small.st_size < large.st_size / 2);
		row_int("nothing", count(db_reader(b->db)), 0);
	}
	sqlite3_close(other);
}

/* A view that is kept from one statement to the next is never an old one. */
static void readers_see_each_foreign_commit_at_once(void **state)
{
	struct bench *b = *state;
	struct db_conn *reader = db_reader(b->db);
	sqlite3 *other;

	row_int("open", sqlite3_open(bench_path(b, "test.db"), &other), SQLITE_OK);
	sqlite3_busy_timeout(other, 5000);
	sqlite3_exec(other, "PRAGMA synchronous = OFF", NULL, NULL, NULL);
	for (int i = 0; i < 2000; i++) {
		row_int("before", count(reader), i);
		row_int("commit",
			sqlite3_exec(other, "INSERT INTO t (a) SELECT count(*) FROM t", NULL,
				NULL, NULL),
			SQLITE_OK);
		row_int("after", count(reader), i + 1);
		row_int("and again", count(reader), i + 1);
	}
	sqlite3_close(other);
}

struct watcher {
	struct db *db;
	atomic_int *committed;
	atomic_bool *stop;
	atomic_int old; /* times that something acknowledged was not seen */
	atomic_int seen;
};

static void *watch(void *arg)
{
	struct watcher *w = arg;

	while (!atomic_load(w->stop)) {
		int least = atomic_load(w->committed);
		auto_stmt *q = NULL;

		if (db_prepare(db_reader(w->db), "SELECT count(*) FROM t", &q) != OK ||
			db_step(q) != OK || db_int(q, 0) < least)
			atomic_fetch_add(&w->old, 1);
		atomic_fetch_add(&w->seen, 1);
	}
	return NULL;
}

/* Beside checkpoints too, which let the WAL begin anew. */
static void what_is_acknowledged_is_seen_by_all_threads(void **state)
{
	struct bench *b = *state;
	atomic_int committed = 0;
	atomic_bool stop = false;
	struct watcher watchers[3];
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		watchers[i] = (struct watcher){ b->db, &committed, &stop, 0, 0 };
		row_int("thread", pthread_create(&threads[i], NULL, watch, &watchers[i]), 0);
	}
	for (int i = 0; i < 120; i++) {
		row_err("insert", WRITE(b, insert_pages(w, i * 50, 50)), OK);
		atomic_store(&committed, (i + 1) * 50);
	}
	atomic_store(&stop, true);
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		row_int("old", atomic_load(&watchers[i].old), 0);
		row_true("it looked", atomic_load(&watchers[i].seen) > 0);
	}
}

/* Another process may move all pages although our threads have read and sleep. */
static void a_sleeping_reader_is_in_nobodys_way(void **state)
{
	struct bench *b = *state;
	sqlite3 *other;

	row_int("open", sqlite3_open(bench_path(b, "test.db"), &other), SQLITE_OK);
	sqlite3_busy_timeout(other, 5000);
	for (int i = 0; i < 5; i++) {
		row_err("insert", WRITE(b, insert(w, i, S("x"), S("y"))), OK);
		row_int("read", count(db_reader(b->db)), i + 1);
		row_true("move", empty_wal(other));
	}
	sqlite3_close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_with_table, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_shrinks_and_grows_below_a_reader),
		TEST(readers_see_each_foreign_commit_at_once),
		TEST(what_is_acknowledged_is_seen_by_all_threads),
		TEST(a_sleeping_reader_is_in_nobodys_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
