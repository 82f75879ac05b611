/* SPDX-License-Identifier: Apache-2.0 */
#include "store_test.h"

#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "store/schema.h"

static const char *const tables[] = { "device_grant", "pushed_request", "logout_call",
	"session_client", "session", "remembered_browser", "factor", "user_grant",
	"refresh_family", "user_account", "attempt", "interaction", "ticket", "tenant_secret",
	"mail", "used_code", "revoked_token", "event", "trace", "signing_key", "client",
	"resource_server", "client_grant", "setting", "login_action", "action_binding" };

int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	const char *url = getenv("TACIT_STORE_URL");

	assert_non_null(b);
	b->arena = arena_new(64 * 1024);
	strcpy(b->folder, "/tmp/tacit-store-XXXXXX");
	assert_non_null(mkdtemp(b->folder));
	if (url != NULL && *url != '\0')
		row_err("TACIT_STORE_URL", db_open(str_from(url), &b->db), OK);
	else
		row_err("a new database", db_open(bench_url(b, "test.db"), &b->db), OK);
	*state = b;
	return 0;
}

int bench_open_with_schema(void **state)
{
	bench_open(state);
	row_err("the schema", schema_migrate(((struct bench *)*state)->db), OK);
	return 0;
}

static enum err clear(struct db_conn *db, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < ROWS(tables); i++) {
		char sql[64];
		int n = snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		enum err err = db_script(db, (struct str){ sql, (size_t)n });

		if (err != OK)
			return err;
	}
	return OK;
}

int bench_clear(void **state)
{
	struct bench *b = *state;

	arena_reset(b->arena);
	row_err("empty tables", db_write(b->db, clear, NULL), OK);
	return 0;
}

static void remove_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

int bench_close(void **state)
{
	struct bench *b = *state;

	db_close(b->db);
	arena_free(b->arena);
	remove_folder(b->folder);
	free(b);
	return 0;
}

const char *bench_path(struct bench *b, const char *name)
{
	return arena_printf(b->arena, "%s/%s", b->folder, name).p;
}

struct str bench_url(struct bench *b, const char *name)
{
	return arena_printf(b->arena, "sqlite:%s/%s", b->folder, name);
}

static struct loan {
	struct db *db;
	struct db_conn *conn;
	enum err end;
	enum err result;
	pthread_t thread;
	sem_t lent;
	sem_t returned;
} loan;

static enum err lend(struct db_conn *conn, void *arg)
{
	(void)arg;
	loan.conn = conn;
	sem_post(&loan.lent);
	sem_wait(&loan.returned);
	return loan.end;
}

static void *write_lent(void *arg)
{
	(void)arg;
	loan.conn = NULL;
	loan.result = db_write(loan.db, lend, NULL);
	if (loan.conn == NULL)
		sem_post(&loan.lent);
	return NULL;
}

struct db_conn *change_begin(struct db *db)
{
	loan.db = db;
	sem_init(&loan.lent, 0, 0);
	sem_init(&loan.returned, 0, 0);
	assert_int_equal(pthread_create(&loan.thread, NULL, write_lent, NULL), 0);
	sem_wait(&loan.lent);
	return loan.conn;
}

enum err change_end(enum err err)
{
	loan.end = err;
	sem_post(&loan.returned);
	pthread_join(loan.thread, NULL);
	return loan.result;
}
