/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What db_write has acknowledged outlives the process. This program starts itself as a child
 * that writes from many threads and says on a pipe what was acknowledged; kills it at a random
 * moment; looks at the database; and does so again, on the same file. After each death: what
 * was acknowledged is there, no code can be taken again, a change is there whole or not at all,
 * and SQLite finds its file intact.
 *
 * SIGKILL leaves the system's page cache alone, so a lost power supply is not shown by this;
 * what stands against that is synchronous=FULL.
 *
 * TACIT_SEED=N repeats a run's moments, TACIT_CRASHES=N changes how many there are.
 */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "store/refresh_token.h"
#include "store/schema.h"
#include "store/session.h"
#include "store/used_code.h"
#include "store/user.h"
#include "store_test.h"

enum { CRASHES = 60, WRITERS = 8, LONGEST_LIFE_US = 500 * 1000, PIPE_END = 3 };

/* What a child says, in one write(2) that is shorter than PIPE_BUF. */
struct said {
	int64_t redeemed;   /* number of a code and of the session that came with it; or -1 */
	int64_t family;     /* or -1 */
	int64_t generation; /* of that family */
};

/* The child. */

struct writer {
	struct db *db;
	pthread_t thread;
	int64_t number; /* of the writer, and of its family */
	int64_t next;   /* code */
	int64_t generation;
};

static struct str name_of(char *into, size_t room, const char *kind, int64_t number)
{
	int n = snprintf(into, room, "%s%09lld", kind, (long long)number);

	return (struct str){ into, (size_t)n };
}

/* Three rows in one change, as the token endpoint writes them. */
static enum err redeem(struct db_conn *db, void *arg)
{
	const struct writer *writer = arg;
	char name[32];
	struct str id = name_of(name, sizeof(name), "n", writer->next);
	struct session s = { .sid = id, .user_id = S("u"), .last_active_at = 1 };
	enum err err = used_code_take(db, id, 1, INT64_MAX);

	if (err == OK)
		err = session_insert(db, &s, id);
	return err == OK ? session_join_client(db, id, S("shop"), S("iss"), 1) : err;
}

static enum err rotate(struct db_conn *db, void *arg)
{
	const struct writer *writer = arg;
	char name[32];

	return refresh_family_rotate(
		db, name_of(name, sizeof(name), "f", writer->number), writer->generation, 1);
}

static enum err touch(struct db_conn *db, void *arg)
{
	const struct writer *writer = arg;
	char name[32];

	return session_touch(db, name_of(name, sizeof(name), "n", writer->next), 2);
}

static void say(struct said said)
{
	if (write(PIPE_END, &said, sizeof(said)) != (ssize_t)sizeof(said))
		_exit(2);
}

static void *write_for_ever(void *arg)
{
	struct writer *writer = arg;

	for (;;) {
		if (db_write(writer->db, redeem, writer) != OK)
			_exit(3);
		say((struct said){ writer->next, -1, 0 });
		db_write_later(writer->db, touch, writer, sizeof(*writer));
		writer->next += WRITERS;

		if (db_write(writer->db, rotate, writer) != OK)
			_exit(4);
		writer->generation++;
		say((struct said){ -1, writer->number, writer->generation });
	}
}

static enum err make_families(struct db_conn *db, void *arg)
{
	struct user u = { .user_id = S("u") };
	enum err err = user_insert(db, &u);

	(void)arg;
	for (int i = 0; i < WRITERS && err == OK; i++) {
		char name[32];
		struct refresh_family f = { .family_id = name_of(name, sizeof(name), "f", i),
			.client_id = S("c"),
			.user_id = S("u") };

		err = refresh_family_insert(db, &f);
	}
	return err;
}

/* A family of a crash before: where it stands, acknowledged or not. */
static int64_t generation_of(struct db *db, int64_t number)
{
	struct arena *arena = arena_new(4096);
	struct refresh_family f;
	char name[32];
	enum err err = refresh_family_find(
		db_reader(db), arena, name_of(name, sizeof(name), "f", number), &f);

	arena_free(arena);
	return err == OK ? f.generation : -1;
}

static int child(const char *url, int64_t first_code)
{
	struct writer writers[WRITERS];
	struct db *db;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (db_open(str_from(url), &db) != OK || schema_migrate(db) != OK)
		return 5;
	if (generation_of(db, 0) < 0 && db_write(db, make_families, NULL) != OK)
		return 6;
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer){ .db = db,
			.number = i,
			.next = first_code + i,
			.generation = generation_of(db, i) };
		pthread_create(&writers[i].thread, NULL, write_for_ever, &writers[i]);
	}
	pthread_join(writers[0].thread, NULL);
	return 7;
}

/* The parent. */

struct memory {
	struct bench *bench;
	char url[128];
	unsigned seed;
	char *redeemed; /* by number: acknowledged? */
	int64_t redeemed_room;
	int64_t redeemed_count;
	int64_t highest_code;         /* acknowledged */
	int64_t first_code;           /* of the child */
	int64_t generations[WRITERS]; /* acknowledged */
};

static void remember(struct memory *m, const struct said *said)
{
	if (said->family >= 0) {
		row_true("a family that is there", said->family < WRITERS);
		if (said->generation > m->generations[said->family])
			m->generations[said->family] = said->generation;
		return;
	}
	while (said->redeemed >= m->redeemed_room) {
		m->redeemed = realloc(m->redeemed, (size_t)m->redeemed_room * 2);
		memset(m->redeemed + m->redeemed_room, 0, (size_t)m->redeemed_room);
		m->redeemed_room *= 2;
	}
	row_true("acknowledged once", m->redeemed[said->redeemed] == 0);
	m->redeemed[said->redeemed] = 1;
	m->redeemed_count++;
	if (said->redeemed > m->highest_code)
		m->highest_code = said->redeemed;
}

static pid_t start(struct memory *m, int *ret_pipe)
{
	char first[32];
	int ends[2];
	pid_t pid;

	/* Numbers that the last child may have used without saying so are left alone. */
	if (m->first_code < m->highest_code)
		m->first_code = m->highest_code / WRITERS * WRITERS;
	m->first_code += 10 * WRITERS;
	snprintf(first, sizeof(first), "%lld", (long long)m->first_code);
	row_int("pipe", pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	row_true("fork", pid >= 0);
	if (pid == 0) {
		dup2(ends[1], PIPE_END);
		execl("/proc/self/exe", "crash", m->url, first, (char *)NULL);
		_exit(9);
	}
	close(ends[1]);
	*ret_pipe = ends[0];
	return pid;
}

/* Listens until `until`, or until the child has died and everything was heard. */
static void listen_to(struct memory *m, int pipe_end, int64_t until_us)
{
	struct pollfd p = { .fd = pipe_end, .events = POLLIN };
	struct said said;

	for (;;) {
		int64_t left = until_us - clock_mono_us();

		if (left <= 0 || poll(&p, 1, (int)(left / 1000)) == 0)
			return;
		if (read(pipe_end, &said, sizeof(said)) != (ssize_t)sizeof(said))
			return;
		remember(m, &said);
	}
}

static void live_and_die(struct memory *m)
{
	int64_t life_us = rand_r(&m->seed) % LONGEST_LIFE_US;
	int pipe_end, status;
	pid_t pid = start(m, &pipe_end);

	listen_to(m, pipe_end, clock_mono_us() + life_us);
	kill(pid, SIGKILL);
	listen_to(m, pipe_end, clock_mono_us() + 10 * 1000000);
	close(pipe_end);
	row_true("wait", waitpid(pid, &status, 0) == pid);
	row_true("it was killed and did not end by itself",
		WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* A number that SQLite itself counts, or -1 when the schema was not there yet. */
static int64_t ask(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *q;
	int64_t n = -1;

	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
		sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	return n;
}

static void file_is_intact(struct memory *m)
{
	sqlite3 *db;

	row_int("open", sqlite3_open(bench_path(m->bench, "crash.db"), &db), SQLITE_OK);
	row_int("integrity_check",
		ask(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check <> "
			"'ok'"),
		0);
	row_int("foreign_key_check", ask(db, "SELECT count(*) FROM pragma_foreign_key_check"),
		0);
	row_true("no code without its session",
		ask(db, "SELECT count(*) FROM used_code"
			" WHERE CAST(id AS TEXT) NOT IN (SELECT sid FROM session)") <= 0);
	row_true("no session without its code and client",
		ask(db, "SELECT count(*) FROM session AS s LEFT JOIN used_code AS u"
			" ON u.id = CAST(s.sid AS BLOB)"
			" LEFT JOIN session_client AS c ON c.session_key = s.session_key"
			" WHERE u.id IS NULL OR c.client_id IS NULL") <= 0);
	sqlite3_close(db);
}

static enum err take_again(struct db_conn *db, void *arg)
{
	return used_code_take(db, *(const struct str *)arg, 1, INT64_MAX);
}

static void code_is_used(struct memory *m, struct db *db, int64_t number)
{
	char name[32];
	struct str id = name_of(name, sizeof(name), "n", number);
	struct session s;

	row_err("an acknowledged session is there",
		session_find(db_reader(db), m->bench->arena, id, &s), OK);
	row_err("its code is taken", db_write(db, take_again, &id), ERR_CONFLICT);
	arena_reset(m->bench->arena);
}

static void nothing_is_lost(struct memory *m, int64_t from)
{
	struct db *db;

	row_err("open", db_open(str_from(m->url), &db), OK);
	row_err("schema", schema_migrate(db), OK);
	for (int64_t i = from; i <= m->highest_code; i++)
		if (m->redeemed[i])
			code_is_used(m, db, i);
	for (int i = 0; i < WRITERS; i++)
		if (m->generations[i] > 0)
			row_true("an acknowledged rotation has happened",
				generation_of(db, i) >= m->generations[i]);
	db_close(db);
}

static int number_from(const char *name, int otherwise)
{
	const char *given = getenv(name);

	return given != NULL ? atoi(given) : otherwise;
}

static void what_was_acknowledged_outlives_the_process(void **state)
{
	struct memory m = { .bench = *state, .redeemed_room = 1024, .highest_code = -1 };
	int crashes = number_from("TACIT_CRASHES", CRASHES);

	m.seed = (unsigned)number_from("TACIT_SEED", (int)clock_now() ^ getpid());
	m.redeemed = calloc((size_t)m.redeemed_room, 1);
	snprintf(m.url, sizeof(m.url), STR_FMT, STR_ARG(bench_url(m.bench, "crash.db")));
	printf("TACIT_SEED=%u\n", m.seed);

	for (int i = 0; i < crashes; i++) {
		int64_t new_ones = m.highest_code + 1;

		live_and_die(&m);
		file_is_intact(&m);
		nothing_is_lost(&m, new_ones);
		arena_reset(m.bench->arena);
	}
	nothing_is_lost(&m, 0);
	printf("%d crashes, %lld acknowledged changes\n", crashes, (long long)m.redeemed_count);
	row_true("there was something to lose", m.redeemed_count > crashes);
	free(m.redeemed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_acknowledged_outlives_the_process, bench_open, bench_close),
	};

	if (argc == 3)
		return child(argv[1], strtoll(argv[2], NULL, 10));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
