/* SPDX-License-Identifier: Apache-2.0 */

/* The writing half of db.h: group commit, later writes, other writers, a full disk. */

#include <pthread.h>
#include <semaphore.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store_test.h"

enum { THREADS = 16, EACH = 50 };

static int open_with_table(void **state)
{
	struct bench *b;

	bench_open(state);
	b = *state;
	row_err("a table",
		WRITE(b, db_script(w, S("CREATE TABLE t (a BIGINT PRIMARY KEY, b BLOB)"))), OK);
	return 0;
}

static enum err insert(struct db_conn *conn, int64_t a, struct str blob)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(conn, "INSERT INTO t (a, b) VALUES ($1, $2)", &q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, a);
	db_bind_blob(q, 2, blob);
	return db_run(q);
}

static enum err insert_number(struct db_conn *conn, void *arg)
{
	return insert(conn, *(const int64_t *)arg, S("x"));
}

static bool there(struct db_conn *conn, int64_t a)
{
	auto_stmt *q = NULL;

	if (db_prepare(conn, "SELECT 1 FROM t WHERE a = $1", &q) != OK)
		return false;
	db_bind_int(q, 1, a);
	return db_step(q) == OK;
}

static int64_t count(struct db *db)
{
	auto_stmt *q = NULL;

	row_err("count", db_prepare(db_reader(db), "SELECT count(*) FROM t", &q), OK);
	row_err("count", db_step(q), OK);
	return db_int(q, 0);
}

struct hand {
	struct db *db;
	pthread_t thread;
	int number;
	int wrong;
	enum err got;
};

static void hands(struct db *db, void *(*work)(void *), int n, struct hand *hand)
{
	for (int i = 0; i < n; i++) {
		hand[i] = (struct hand){ .db = db, .number = i };
		assert_int_equal(pthread_create(&hand[i].thread, NULL, work, &hand[i]), 0);
	}
}

static void hands_down(int n, struct hand *hand)
{
	for (int i = 0; i < n; i++) {
		pthread_join(hand[i].thread, NULL);
		row_int("what threads found wrong", hand[i].wrong, 0);
	}
}

/* Inserts, and then, for every third number, changes its mind. */
static enum err insert_or_not(struct db_conn *conn, void *arg)
{
	enum err err = insert_number(conn, arg);

	if (err == OK && *(int64_t *)arg % 3 == 0)
		return ERR_INVALID;
	return err;
}

static void *write_some(void *arg)
{
	struct hand *h = arg;

	for (int64_t i = 0; i < EACH; i++) {
		int64_t a = h->number * EACH + i;
		enum err err = db_write(h->db, insert_or_not, &a);

		h->wrong += err != (a % 3 == 0 ? ERR_INVALID : OK);
		h->wrong += there(db_reader(h->db), a) != (err == OK);
	}
	return NULL;
}

static void a_failed_change_takes_no_other_along(void **state)
{
	struct bench *b = *state;
	struct hand hand[THREADS];
	struct db_counts counts;

	hands(b->db, write_some, THREADS, hand);
	hands_down(THREADS, hand);
	row_int("two of three", count(b->db), THREADS * EACH - (THREADS * EACH + 2) / 3);
	db_counts(b->db, &counts);
	row_true("every change was counted", counts.writes >= THREADS * EACH);
	row_true("they shared commits", counts.commits < counts.writes);
}

static enum err take_one(struct db_conn *conn, void *arg)
{
	(void)arg;
	return insert(conn, 1, S("x"));
}

static void *race(void *arg)
{
	struct hand *h = arg;

	h->got = db_write(h->db, take_one, NULL);
	return NULL;
}

static void one_row_has_one_winner(void **state)
{
	struct bench *b = *state;
	struct hand hand[THREADS];
	int won = 0, lost = 0;

	hands(b->db, race, THREADS, hand);
	hands_down(THREADS, hand);
	for (int i = 0; i < THREADS; i++) {
		won += hand[i].got == OK;
		lost += hand[i].got == ERR_CONFLICT;
	}
	row_int("winners", won, 1);
	row_int("losers", lost, THREADS - 1);
}

static void later_is_soon_without_asking(void **state)
{
	struct bench *b = *state;
	int64_t start = clock_mono_us();

	for (int64_t a = 0; a < 10; a++)
		db_write_later(b->db, insert_number, &a, sizeof(a));
	while (count(b->db) < 10 && clock_mono_us() - start < 5000000)
		usleep(5000);
	row_int("all ten", count(b->db), 10);
	row_true("within a second", clock_mono_us() - start < 1000000);
}

static void flush_waits_for_what_is_later(void **state)
{
	struct bench *b = *state;

	for (int64_t a = 0; a < 2000; a++) {
		db_write_later(b->db, insert_number, &a, sizeof(a));
		if (a % 500 == 499) {
			db_flush(b->db);
			row_int("all so far", count(b->db), a + 1);
		}
	}
	db_flush(b->db);
	row_int("nothing twice", count(b->db), 2000);
}

static void what_is_later_joins_what_is_now(void **state)
{
	struct bench *b = *state;
	int64_t later = 1, now = 2;

	db_write_later(b->db, insert_number, &later, sizeof(later));
	row_err("now", db_write(b->db, insert_number, &now), OK);
	row_int("both", count(b->db), 2);
}

static void closing_keeps_what_is_later(void **state)
{
	struct bench *b = *state;

	for (int64_t a = 0; a < 3000; a++)
		db_write_later(b->db, insert_number, &a, sizeof(a));
	db_close(b->db);
	row_err("again", db_open(bench_url(b, "test.db"), &b->db), OK);
	row_int("all", count(b->db), 3000);
}

static sem_t blocked, unblock;

static enum err block(struct db_conn *conn, void *arg)
{
	(void)conn;
	(void)arg;
	sem_post(&blocked);
	sem_wait(&unblock);
	return OK;
}

static void *block_writer(void *arg)
{
	struct hand *h = arg;

	h->wrong = db_write(h->db, block, NULL) != OK;
	return NULL;
}

static void begin_block(struct db *db, struct hand *hand)
{
	sem_init(&blocked, 0, 0);
	sem_init(&unblock, 0, 0);
	hands(db, block_writer, 1, hand);
	sem_wait(&blocked);
}

static void end_block(struct hand *hand)
{
	sem_post(&unblock);
	hands_down(1, hand);
}

static void the_queue_for_later_is_bounded(void **state)
{
	struct bench *b = *state;
	struct db_counts counts;
	struct hand hand;

	begin_block(b->db, &hand);
	for (int64_t a = 0; a < 40000; a++)
		db_write_later(b->db, insert_number, &a, sizeof(a));
	db_counts(b->db, &counts);
	row_int("too many", (int64_t)counts.dropped, 40000 - 32768);
	end_block(&hand);
	db_flush(b->db);
	row_int("the others are written", count(b->db), 32768);
	row_true("the first ones", there(db_reader(b->db), 32767));
}

static atomic_int returned;

static void *write_one(void *arg)
{
	struct hand *h = arg;
	int64_t a = h->number;

	h->got = db_write(h->db, insert_number, &a);
	atomic_fetch_add(&returned, 1);
	return NULL;
}

static void the_queue_of_waiters_is_bounded(void **state)
{
	enum { CROWD = 4200, MOST = 4096 };
	struct bench *b = *state;
	struct hand *crowd = calloc(CROWD, sizeof(*crowd)), hand;
	int refused = 0, done = 0;
	pthread_attr_t small;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 * 1024);
	atomic_store(&returned, 0);
	begin_block(b->db, &hand);
	for (int i = 0; i < CROWD; i++) {
		crowd[i] = (struct hand){ .db = b->db, .number = i };
		assert_int_equal(
			pthread_create(&crowd[i].thread, &small, write_one, &crowd[i]), 0);
	}
	/* Until all have come: whoever finds no place returns at once. */
	for (int i = 0; i < 4000 && atomic_load(&returned) < CROWD - MOST; i++)
		usleep(5000);
	end_block(&hand);
	for (int i = 0; i < CROWD; i++) {
		pthread_join(crowd[i].thread, NULL);
		refused += crowd[i].got == ERR_BUSY;
		done += crowd[i].got == OK;
	}
	row_int("nobody is forgotten", refused + done, CROWD);
	row_int("who was refused is not there", count(b->db), done);
	row_int("beyond 4096 they are refused", done, MOST);
	pthread_attr_destroy(&small);
	free(crowd);
}

/* A lock by somebody else: another connection, as a command beside the server has. */
static sqlite3 *lock_out(struct bench *b)
{
	sqlite3 *other;

	row_int("open", sqlite3_open(bench_path(b, "test.db"), &other), SQLITE_OK);
	row_int("lock", sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

static void *unlock_after_a_while(void *other)
{
	usleep(300 * 1000);
	sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
	sqlite3_close(other);
	return NULL;
}

static void another_writer_is_waited_for(void **state)
{
	struct bench *b = *state;
	sqlite3 *other = lock_out(b);
	pthread_t thread;
	int64_t a = 1;

	pthread_create(&thread, NULL, unlock_after_a_while, other);
	row_err("after a while", db_write(b->db, insert_number, &a), OK);
	pthread_join(thread, NULL);
}

static void but_not_for_ever(void **state)
{
	struct bench *b = *state;
	sqlite3 *other = lock_out(b);
	int64_t start = clock_mono_us(), a = 1, later = 2;

	db_write_later(b->db, insert_number, &later, sizeof(later));
	row_err("five seconds", db_write(b->db, insert_number, &a), ERR_BUSY);
	row_true("not at once", clock_mono_us() - start > 4000000);
	sqlite3_close(other);
	db_flush(b->db);
	row_true("what is later was kept", there(db_reader(b->db), 2));
	row_true("what was refused was not done", !there(db_reader(b->db), 1));
	row_err("and then", db_write(b->db, insert_number, &a), OK);
}

static void *write_beside(void *arg)
{
	struct hand *h = arg;

	for (int64_t i = 0; i < EACH; i++) {
		int64_t a = h->number * EACH + i;

		h->wrong += db_write(h->db, insert_number, &a) != OK;
	}
	return NULL;
}

static void two_programs_write_one_file(void **state)
{
	struct bench *b = *state;
	struct hand hand[8];
	struct db *other;

	row_err("open", db_open(bench_url(b, "test.db"), &other), OK);
	for (int i = 0; i < 8; i++) {
		hand[i] = (struct hand){ .db = i % 2 ? b->db : other, .number = i };
		pthread_create(&hand[i].thread, NULL, write_beside, &hand[i]);
	}
	hands_down(8, hand);
	row_int("all rows", count(b->db), 8 * EACH);
	row_int("seen by both", count(other), 8 * EACH);
	db_close(other);
}

static enum err limit_size(struct db_conn *conn, void *arg)
{
	return db_script(conn, str_from(arg));
}

static enum err insert_much(struct db_conn *conn, void *arg)
{
	struct arena *arena = arena_new(1 << 20);
	struct str much = { arena_alloc(arena, 1 << 20), 1 << 20 };
	enum err err = insert(conn, *(int64_t *)arg, much);

	arena_free(arena);
	return err;
}

static void a_full_disk_is_ERR_STORE_and_can_be_survived(void **state)
{
	static char full[] = "PRAGMA max_page_count = 20",
		    empty[] = "PRAGMA max_page_count = 4000";
	struct bench *b = *state;
	int64_t a = 1, little = 2;

	row_err("full", db_write(b->db, limit_size, full), OK);
	row_err("too much", db_write(b->db, insert_much, &a), ERR_STORE);
	row_int("nothing of it", count(b->db), 0);
	row_err("room again", db_write(b->db, limit_size, empty), OK);
	row_err("too much", db_write(b->db, insert_much, &a), OK);
	row_err("and little", db_write(b->db, insert_number, &little), OK);
	row_int("both", count(b->db), 2);
}

static enum err insert_16k(struct db_conn *conn, void *arg)
{
	static const char bytes[16384] = { 1 };

	return insert(conn, *(int64_t *)arg, (struct str){ bytes, sizeof(bytes) });
}

static void *write_bytes(void *arg)
{
	struct hand *h = arg;

	for (int64_t i = 0; i < 3000; i++) {
		int64_t a = h->number * 3000 + i;

		h->wrong += db_write(h->db, insert_16k, &a) != OK;
	}
	return NULL;
}

/* 190 MB without a pause; reading goes on beside it. */
static void the_wal_stays_bounded_under_load(void **state)
{
	struct bench *b = *state;
	struct hand hand[4];
	off_t longest = 0;
	struct stat st;

	hands(b->db, write_bytes, 4, hand);
	while (count(b->db) < 4 * 3000) {
		if (stat(bench_path(b, "test.db-wal"), &st) == 0 && st.st_size > longest)
			longest = st.st_size;
		usleep(2000);
	}
	hands_down(4, hand);
	row_true("it was used", longest > 0);
	row_true("it never was longer than 128 MiB", longest < (off_t)128 << 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_with_table, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_failed_change_takes_no_other_along),
		TEST(one_row_has_one_winner),
		TEST(later_is_soon_without_asking),
		TEST(flush_waits_for_what_is_later),
		TEST(what_is_later_joins_what_is_now),
		TEST(closing_keeps_what_is_later),
		TEST(the_queue_for_later_is_bounded),
		TEST(the_queue_of_waiters_is_bounded),
		TEST(another_writer_is_waited_for),
		TEST(but_not_for_ever),
		TEST(two_programs_write_one_file),
		TEST(a_full_disk_is_ERR_STORE_and_can_be_survived),
		TEST(the_wal_stays_bounded_under_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
