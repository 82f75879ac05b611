/* SPDX-License-Identifier: Apache-2.0 */

/* db.h as its header promises it: connections, statements, reading. Writing is in writer.c. */

#include <dirent.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "table.h"

static void urls_that_cannot_be_opened(void **state)
{
	struct bench *b = *state;
	const struct {
		const char *row;
		struct str url;
		enum err want;
	} rows[] = {
		{ "no driver yet", S("postgres://localhost/tacit"), ERR_INVALID },
		{ "no scheme", S("/tmp/x.db"), ERR_INVALID },
		{ "empty", S(""), ERR_INVALID },
		{ "no path", S("sqlite:"), ERR_INVALID },
		{ "a folder that is not there", S("sqlite:/nowhere/at/all.db"), ERR_STORE },
		{ "a folder", bench_url(b, "."), ERR_STORE },
	};
	struct db *db;

	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row, db_open(rows[i].url, &db), rows[i].want);
}

static void a_file_that_is_no_database(void **state)
{
	struct bench *b = *state;
	FILE *f = fopen(bench_path(b, "text.db"), "w");
	struct db *db;

	for (int i = 0; i < 200; i++)
		fputs("this is a letter and no database at all\n", f);
	fclose(f);
	row_err("text", db_open(bench_url(b, "text.db"), &db), ERR_STORE);
}

static void files_are_for_their_owner_only(void **state)
{
	static const char *const names[] = { "test.db", "test.db-wal", "test.db-shm" };
	struct bench *b = *state;
	struct stat st;

	for (size_t i = 0; i < ROWS(names); i++) {
		row_int(names[i], stat(bench_path(b, names[i]), &st), 0);
		row_int(names[i], st.st_mode & 0777, 0600);
	}
}

static void parameters_are_counted_by_their_numbers(void **state)
{
	struct bench *b = *state;
	auto_stmt *q = NULL;

	row_err("prepare",
		db_prepare(db_reader(b->db), "SELECT $3, $1, $2, $3 WHERE $1 = 10", &q), OK);
	db_bind_int(q, 1, 10);
	db_bind_int(q, 2, 20);
	db_bind_int(q, 3, 30);
	row_err("a row", db_step(q), OK);
	row_int("$3", db_int(q, 0), 30);
	row_int("$1", db_int(q, 1), 10);
	row_int("$2", db_int(q, 2), 20);
	row_int("$3 again", db_int(q, 3), 30);
	row_err("no more", db_step(q), ERR_NOT_FOUND);
}

static void values_come_back_as_they_went(void **state)
{
	struct bench *b = *state;
	struct str bytes = { "a\0\xff", 3 };
	auto_stmt *q = NULL;

	row_err("insert", WRITE(b, insert(w, INT64_MIN, S("cão\n"), bytes)), OK);
	row_err("prepare", db_prepare(db_reader(b->db), "SELECT a, b, c, '', NULL FROM t", &q),
		OK);
	row_err("a row", db_step(q), OK);
	row_true("a number of 64 bits", db_int(q, 0) == INT64_MIN);
	row_str("text", db_str(q, b->arena, 1), "cão\n");
	row_bytes("bytes", db_str(q, b->arena, 2), bytes);
	row_int("an empty text", (int64_t)db_str(q, b->arena, 3).n, 0);
	row_true("an empty text is not null", !db_is_null(q, 3));
	row_true("null is absent", db_str(q, b->arena, 4).p == NULL);
	row_int("null is 0", db_int(q, 4), 0);
	row_true("null is null", db_is_null(q, 4));
}

static void what_empty_binds(void **state)
{
	struct bench *b = *state;
	auto_stmt *q = NULL;

	row_err("prepare",
		db_prepare(db_reader(b->db),
			"SELECT $1 IS NULL, $2 IS NULL, $3 IS NULL, $4 IS NULL, $2 = ''", &q),
		OK);
	db_bind_str(q, 1, S(""));
	db_bind_text(q, 2, (struct str){ NULL, 0 });
	db_bind_blob(q, 3, S(""));
	db_bind_null(q, 4);
	row_err("a row", db_step(q), OK);
	row_int("str", db_int(q, 0), 1);
	row_int("text", db_int(q, 1), 0);
	row_int("text is empty", db_int(q, 4), 1);
	row_int("blob", db_int(q, 2), 1);
	row_int("null", db_int(q, 3), 1);
}

static void a_statement_comes_back_clean(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 2; i++) {
		auto_stmt *q = NULL;

		row_err("prepare",
			db_prepare(
				db_reader(b->db), "SELECT $1 IS NULL UNION ALL SELECT 2", &q),
			OK);
		if (i == 0)
			db_bind_int(q, 1, 5);
		row_err("the first row", db_step(q), OK);
		row_int("nothing is bound any more", db_int(q, 0), i);
	}
}

static int64_t nested(struct db_conn *conn, int depth)
{
	auto_stmt *q = NULL;
	int64_t below;

	row_err("prepare", db_prepare(conn, "SELECT $1 + 0", &q), OK);
	db_bind_int(q, 1, depth);
	row_err("step", db_step(q), OK);
	below = depth > 0 ? nested(conn, depth - 1) : 0;
	row_int("my own row", db_int(q, 0), depth);
	return below + db_int(q, 0);
}

static void one_literal_may_be_in_use_many_times(void **state)
{
	struct bench *b = *state;

	row_int("10 + 9 + … + 1", nested(db_reader(b->db), 10), 55);
	row_int("and again, from the cache", nested(db_reader(b->db), 10), 55);
}

static void more_statements_than_the_cache_holds(void **state)
{
	static char sql[600][16];
	struct bench *b = *state;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 600; i++) {
			auto_stmt *q = NULL;

			if (round == 0)
				snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
			row_err("prepare", db_prepare(db_reader(b->db), sql[i], &q), OK);
			row_err("step", db_step(q), OK);
			row_int(sql[i], db_int(q, 0), i);
		}
}

static void a_reader_cannot_write(void **state)
{
	struct bench *b = *state;

	row_err("insert", insert(db_reader(b->db), 1, S("x"), S("y")), ERR_STORE);
	row_int("nothing was written", count(db_reader(b->db)), 0);
}

static void no_connection_is_ERR_STORE(void **state)
{
	struct db_stmt *q;

	(void)state;
	row_err("prepare", db_prepare(NULL, "SELECT 1", &q), ERR_STORE);
	row_err("script", db_script(NULL, S("SELECT 1")), ERR_STORE);
	row_int("changes", db_changes(NULL), 0);
	row_int("data version", db_data_version(NULL), 0);
}

static void broken_SQL_is_ERR_STORE(void **state)
{
	struct bench *b = *state;
	struct db_stmt *q = NULL;

	row_err("prepare", db_prepare(db_reader(b->db), "SELECT FROM WHERE", &q), ERR_STORE);
	row_true("ret is untouched", q == NULL);
	row_err("script", WRITE(b, run(w, "CREATE TABLE u (a TEXT); NONSENSE")), ERR_STORE);
	row_err("the half before it is undone",
		db_prepare(db_reader(b->db), "SELECT a FROM u", &q), ERR_STORE);
}

/* Open descriptors of the database: each connection holds one. */
static int descriptors(struct bench *b)
{
	const char *want = bench_path(b, "test.db");
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int n = 0;

	while ((entry = readdir(dir)) != NULL) {
		char path[256];
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, path, sizeof(path) - 1);

		if (len > 0 && (size_t)len == strlen(want) &&
			memcmp(path, want, (size_t)len) == 0)
			n++;
	}
	closedir(dir);
	return n;
}

static void *read_once(void *arg)
{
	struct bench *b = arg;
	auto_stmt *q = NULL;

	if (db_prepare(db_reader(b->db), "SELECT count(*) FROM t", &q) != OK ||
		db_step(q) != OK)
		return NULL;
	return db_int(q, 0) == 0 ? arg : NULL;
}

static void a_thread_takes_its_connection_along(void **state)
{
	struct bench *b = *state;
	int before;

	count(db_reader(b->db));
	before = descriptors(b);
	row_true("this thread reads", before > 0);
	for (int i = 0; i < 50; i++) {
		pthread_t thread;
		void *good;

		pthread_create(&thread, NULL, read_once, b);
		pthread_join(thread, &good);
		row_true("the thread read", good == b);
	}
	/* SQLite keeps the descriptors of closed connections while others hold locks. */
	row_true("no more than one is left over", descriptors(b) <= before + 1);
}

static void databases_come_and_go(void **state)
{
	struct bench *b = *state;
	int64_t rows = count(db_reader(b->db));
	int before = descriptors(b);

	for (int i = 0; i < 50; i++) {
		struct db *other;
		auto_stmt *q = NULL;

		row_err("open", db_open(bench_url(b, "other.db"), &other), OK);
		row_err("prepare", db_prepare(db_reader(other), "SELECT 1", &q), OK);
		row_err("step", db_step(q), OK);
		db_release(&q);
		row_true("the same connection", db_reader(other) == db_reader(other));
		row_true("not that of the first", db_reader(other) != db_reader(b->db));
		db_close(other);
	}
	row_int("the first is untouched", count(db_reader(b->db)), rows);
	row_int("nothing is left open", descriptors(b), before);
	db_close(NULL);
}

static void the_data_version_tells_of_others(void **state)
{
	struct bench *b = *state;
	int64_t first = db_data_version(db_reader(b->db));
	int64_t second;

	row_int("nothing happened", db_data_version(db_reader(b->db)), first);
	row_err("insert", WRITE(b, insert(w, 1, S("x"), S("y"))), OK);
	second = db_data_version(db_reader(b->db));
	row_true("a commit", second != first);
	row_err("refused", WRITE(b, insert(w, 1, S("x"), S("y"))), ERR_CONFLICT);
	row_int("nothing was committed", db_data_version(db_reader(b->db)), second);
}

static void a_backup_is_a_database(void **state)
{
	struct bench *b = *state;
	struct str copy = arena_str(b->arena, str_from(bench_path(b, "copy.db")));
	struct db *other;
	struct stat st;

	for (int i = 0; i < 100; i++)
		row_err("insert", WRITE(b, insert(w, i, S("x"), S("y"))), OK);
	row_err("backup", db_backup(b->db, copy), OK);
	row_int("there it is", stat(copy.p, &st), 0);
	row_int("for its owner only", st.st_mode & 0777, 0600);
	row_err("not over another file", db_backup(b->db, copy), ERR_CONFLICT);
	row_err("not into nowhere", db_backup(b->db, S("/nowhere/copy.db")), ERR_IO);

	row_err("open", db_open(bench_url(b, "copy.db"), &other), OK);
	row_int("all rows", count(db_reader(other)), 100);
	db_close(other);
}

static void a_failed_backup_leaves_nothing(void **state)
{
	struct bench *b = *state;
	struct stat st;
	struct db *other;

	row_err("open", db_open(bench_url(b, "gone.db"), &other), OK);
	row_int("somebody removes it", unlink(bench_path(b, "gone.db")), 0);
	row_err("backup", db_backup(other, str_from(bench_path(b, "half.db"))), ERR_STORE);
	row_true("no file", stat(bench_path(b, "half.db"), &st) != 0);
	db_close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_with_table, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(urls_that_cannot_be_opened),
		TEST(a_file_that_is_no_database),
		TEST(files_are_for_their_owner_only),
		TEST(parameters_are_counted_by_their_numbers),
		TEST(values_come_back_as_they_went),
		TEST(what_empty_binds),
		TEST(a_statement_comes_back_clean),
		TEST(one_literal_may_be_in_use_many_times),
		TEST(more_statements_than_the_cache_holds),
		TEST(a_reader_cannot_write),
		TEST(no_connection_is_ERR_STORE),
		TEST(broken_SQL_is_ERR_STORE),
		TEST(a_thread_takes_its_connection_along),
		TEST(databases_come_and_go),
		TEST(the_data_version_tells_of_others),
		TEST(a_backup_is_a_database),
		TEST(a_failed_backup_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
