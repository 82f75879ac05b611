/* SPDX-License-Identifier: Apache-2.0 */

/* The thread that sends mail serves every tenant of the provider. */
#include "notify/notify.h"

#include <dirent.h>
#include <time.h>

#include "base/clock.h"
#include "tenant_support.h"

enum { TENANTS = 2, PATIENCE = 200, PAUSE_NS = 50000000 };

struct place {
	struct db *db;
	struct tenant *tenant;
	char folder[64];
};

static struct place places[TENANTS];

static enum err queue_one(struct db_conn *conn, void *arg)
{
	const struct tenant *t = arg;
	struct notify_message m = {
		.to = arena_printf(a, STR_FMT "@example.com", STR_ARG(t->name)),
		.subject = S("Hello"),
		.text = S("text"),
		.html = S("<p>html</p>"),
		.expires_at = clock_now() + 60,
	};

	return notify_queue(conn, t, a, &m, clock_now());
}

static size_t letters_in(const char *sink)
{
	DIR *dir = opendir(sink);
	size_t count = 0;

	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		count += strstr(e->d_name, ".eml") != NULL;
	closedir(dir);
	return count;
}

static void empty(const char *path)
{
	DIR *dir = opendir(path);

	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	rmdir(path);
}

static void open_place(struct place *p, const char *name)
{
	store_open();
	p->db = db;
	memcpy(p->folder, folder, sizeof(folder));
	row_int("the tenant loads",
		tenant_load(db, str_from(name), S("http://localhost:8080/"), &secret, 1,
			&p->tenant),
		OK);
	row_int("a letter", db_write(p->db, queue_one, p->tenant), OK);
}

static void every_tenant_is_served(void **state)
{
	struct provider op = { 0 };
	struct notify *n = NULL;
	char sink[] = "/tmp/tacit-sink-XXXXXX";

	(void)state;
	row_true("a folder", mkdtemp(sink) != NULL);
	op.mail_sink = sink;
	open_place(&places[0], "one");
	open_place(&places[1], "two");
	for (size_t i = 0; i < TENANTS; i++)
		provider_add(&op, places[i].tenant);
	row_int("it starts", notify_start(&op, &n), OK);
	for (int i = 0; i < PATIENCE && letters_in(sink) < TENANTS; i++)
		nanosleep(&(struct timespec){ .tv_nsec = PAUSE_NS }, NULL);
	row_int("a letter of each", (int64_t)letters_in(sink), TENANTS);
	notify_stop(n);
	provider_stop(&op);
	for (size_t i = 0; i < TENANTS; i++) {
		db_close(places[i].db);
		empty(places[i].folder);
	}
	empty(sink);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_tenant_is_served, arena_set_up, arena_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
