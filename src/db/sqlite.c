/* SPDX-License-Identifier: Apache-2.0 */

/* The SQLite driver: connections and statements. */

#include "db/sqlite.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum { BUSY_TIMEOUT_MS = 5000 };

static sqlite3 *db_of(struct db_conn *conn)
{
	return ((struct sqlite_conn *)conn)->db;
}

static struct sqlite_stmt *stmt_of(struct db_stmt *q)
{
	return (struct sqlite_stmt *)q;
}

enum err sqlite_failed(sqlite3 *db, const char *doing, const char *sql)
{
	log_line(LOG_ERROR, "db", doing, "reason", sqlite3_errmsg(db), "code",
		sqlite3_errstr(sqlite3_extended_errcode(db)), "sql", sql, NULL);
	return ERR_STORE;
}

enum err sqlite_exec(sqlite3 *db, const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_failed(db, "cannot execute", sql);
	return OK;
}

/*
 * Made with O_EXCL and never opened when it exists: closing any descriptor of a database
 * file would drop the locks that this process holds on it (sqlite.org/howtocorrupt, 2.2).
 */
static enum err make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return OK;
	}
	if (errno == EEXIST)
		return OK;
	log_line(LOG_ERROR, "db", "cannot make the database", "path", path, "reason",
		strerror(errno), NULL);
	return ERR_STORE;
}

static const char *file_system;

/* SQLite's statistics of memory are a lock that all threads would share. */
static void set_up_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_initialize();
	file_system = sqlite_map_keeping_vfs();
}

enum err sqlite_connect(const char *path, int flags, sqlite3 **ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sqlite3 *db = NULL;
	enum err err;

	pthread_once(&once, set_up_library);
	if (sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, file_system) != SQLITE_OK) {
		err = sqlite_failed(db, "cannot open", path);
		sqlite3_close(db);
		return err;
	}

	sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS);
	sqlite3_extended_result_codes(db, 1);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	err = sqlite_exec(db, "PRAGMA trusted_schema = OFF; PRAGMA foreign_keys = ON;"
			      "PRAGMA mmap_size = 2147418112;"
			      "PRAGMA synchronous = FULL; PRAGMA secure_delete = FAST;"
			      "PRAGMA wal_autocheckpoint = 0");
	if (err != OK) {
		sqlite3_close(db);
		return err;
	}
	*ret = db;
	return OK;
}

static int is_wal(void *ret, int columns, char **values, char **names)
{
	(void)names;
	*(bool *)ret = columns == 1 && strcmp(values[0], "wal") == 0;
	return 0;
}

/* The first connection decides the journal; the file remembers it. */
static enum err use_wal(const char *path)
{
	bool wal = false;
	sqlite3 *db;
	enum err err = sqlite_connect(path, SQLITE_OPEN_READWRITE, &db);

	if (err != OK)
		return err;
	if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", is_wal, &wal, NULL) != SQLITE_OK ||
		!wal)
		err = sqlite_failed(db, "cannot use a WAL here", path);
	sqlite3_close(db);
	return err;
}

static void place_close(struct db_place *base)
{
	struct sqlite_place *place = (struct sqlite_place *)base;

	checkpointer_stop(place->checkpointer);
	pthread_mutex_destroy(&place->readers.lock);
	free(place->path);
	free(place);
}

static enum err place_open(struct str where, struct db_place **ret)
{
	struct sqlite_place *place;
	enum err err;

	if (where.n == 0 || memchr(where.p, '\0', where.n) != NULL)
		return ERR_INVALID;
	place = calloc(1, sizeof(*place));
	if (place == NULL)
		abort();
	place->base.driver = &db_sqlite;
	pthread_mutex_init(&place->readers.lock, NULL);
	place->path = strndup(where.p, where.n);
	if (place->path == NULL)
		abort();

	err = make_file(place->path);
	if (err == OK)
		err = use_wal(place->path);
	if (err == OK)
		err = checkpointer_start(place->path, &place->readers, &place->checkpointer);
	if (err != OK) {
		place_close(&place->base);
		return err;
	}
	place->readers.checkpointer = place->checkpointer;
	*ret = &place->base;
	return OK;
}

/* Pages a reader needs come from the file map; its own cache holds what is still in the WAL. */
static const char reader_settings[] = "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;"
				      "PRAGMA cache_size = -8192";

/* Not temp_store = MEMORY: a large change, an import, would slow down with its square, because
 * the end of each statement walks the list that then holds the savepoint's pages. */
static const char writer_settings[] = "PRAGMA cache_size = -65536";

static enum err conn_connect(struct db_place *base, enum db_role role, struct db_conn **ret)
{
	struct sqlite_place *place = (struct sqlite_place *)base;
	struct sqlite_conn *conn;
	sqlite3 *db;
	enum err err = sqlite_connect(place->path, SQLITE_OPEN_READWRITE, &db);

	if (err != OK)
		return err;
	err = sqlite_exec(db, role == DB_WRITER ? writer_settings : reader_settings);
	if (err != OK) {
		sqlite3_close(db);
		return err;
	}
	if (role == DB_WRITER)
		checkpointer_watch(place->checkpointer, db);

	conn = calloc(1, sizeof(*conn));
	if (conn == NULL)
		abort();
	conn->base.driver = &db_sqlite;
	conn->db = db;
	conn->reads = role == DB_READER;
	conn->checkpointer = place->checkpointer;
	if (conn->reads)
		err = snapshot_open(db, &place->readers, &conn->snapshot);
	if (err != OK) {
		sqlite3_close(db);
		free(conn);
		return err;
	}
	*ret = &conn->base;
	return OK;
}

static void conn_disconnect(struct db_conn *base)
{
	struct sqlite_conn *conn = (struct sqlite_conn *)base;
	int rc;

	if (conn->reads)
		snapshot_close(&conn->snapshot);
	rc = sqlite3_close(conn->db);
	assert(rc == SQLITE_OK); /* else a statement was not released */
	(void)rc;
	free(conn);
}

static void enter(struct db_conn *conn)
{
	if (((struct sqlite_conn *)conn)->reads)
		snapshot_enter(&((struct sqlite_conn *)conn)->snapshot);
}

static void leave(struct db_conn *conn)
{
	if (((struct sqlite_conn *)conn)->reads)
		snapshot_leave(&((struct sqlite_conn *)conn)->snapshot);
}

static enum err conn_run(struct db_conn *conn, const char *sql)
{
	auto_stmt *q = NULL;
	enum err err = db_prepare(conn, sql, &q);

	return err == OK ? db_run(q) : err;
}

static struct checkpointer *gate_of(struct db_conn *conn)
{
	return ((struct sqlite_conn *)conn)->checkpointer;
}

static enum err begin(struct db_conn *conn)
{
	enum err err;

	checkpointer_enter(gate_of(conn));
	err = conn_run(conn, "BEGIN IMMEDIATE");
	if (err == OK)
		return OK;
	checkpointer_leave(gate_of(conn));
	return (sqlite3_errcode(db_of(conn)) & 0xff) == SQLITE_BUSY ? ERR_BUSY : err;
}

static enum err mark(struct db_conn *conn)
{
	return conn_run(conn, "SAVEPOINT job");
}

static enum err keep(struct db_conn *conn)
{
	return conn_run(conn, "RELEASE job");
}

static enum err undo(struct db_conn *conn)
{
	enum err err = conn_run(conn, "ROLLBACK TO job");

	return err == OK ? keep(conn) : err;
}

static bool in_transaction(struct db_conn *conn)
{
	return sqlite3_get_autocommit(db_of(conn)) == 0;
}

/* A commit that failed leaves its transaction open, for rollback to end. */
static enum err commit(struct db_conn *conn)
{
	enum err err = conn_run(conn, "COMMIT");

	if (err == OK)
		checkpointer_leave(gate_of(conn));
	return err;
}

static void rollback(struct db_conn *conn)
{
	if (in_transaction(conn) && conn_run(conn, "ROLLBACK") != OK)
		abort(); /* nothing later on this connection could be trusted */
	checkpointer_leave(gate_of(conn));
}

static void number_parameters(struct sqlite_stmt *q)
{
	int n = sqlite3_bind_parameter_count(q->stmt);

	assert(n < SQLITE_PARAMETERS);
	for (int i = 1; i <= n; i++) {
		const char *name = sqlite3_bind_parameter_name(q->stmt, i);
		long number = name != NULL ? strtol(name + 1, NULL, 10) : 0;

		assert(number > 0 && number < SQLITE_PARAMETERS);
		q->index[number] = (unsigned char)i;
	}
}

static enum err prepare(struct db_conn *conn, const char *sql, struct db_stmt **ret)
{
	sqlite3_stmt *stmt;
	struct sqlite_stmt *q;
	int rc = sqlite3_prepare_v3(
		db_of(conn), sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL);

	if (rc != SQLITE_OK)
		return sqlite_failed(db_of(conn), "cannot prepare", sql);
	q = calloc(1, sizeof(*q));
	if (q == NULL)
		abort();
	q->stmt = stmt;
	number_parameters(q);
	*ret = &q->base;
	return OK;
}

static void reset(struct db_stmt *q)
{
	sqlite3_reset(stmt_of(q)->stmt);
	sqlite3_clear_bindings(stmt_of(q)->stmt);
}

static void finalize(struct db_stmt *q)
{
	sqlite3_finalize(stmt_of(q)->stmt);
	free(q);
}

static int index_of(struct db_stmt *q, int n)
{
	assert(n > 0 && n < SQLITE_PARAMETERS && stmt_of(q)->index[n] != 0);
	return stmt_of(q)->index[n];
}

/* Binding fails only for a bad index or a statement that is under way: our bug. */
static void must(int rc)
{
	assert(rc == SQLITE_OK);
	(void)rc;
}

static void bind_int(struct db_stmt *q, int n, int64_t value)
{
	must(sqlite3_bind_int64(stmt_of(q)->stmt, index_of(q, n), value));
}

static void bind_text(struct db_stmt *q, int n, struct str value)
{
	must(sqlite3_bind_text64(stmt_of(q)->stmt, index_of(q, n), value.p, value.n,
		SQLITE_STATIC, SQLITE_UTF8));
}

static void bind_blob(struct db_stmt *q, int n, struct str value)
{
	must(sqlite3_bind_blob64(
		stmt_of(q)->stmt, index_of(q, n), value.p, value.n, SQLITE_STATIC));
}

static void bind_null(struct db_stmt *q, int n)
{
	must(sqlite3_bind_null(stmt_of(q)->stmt, index_of(q, n)));
}

static enum err step(struct db_stmt *q)
{
	int rc = sqlite3_step(stmt_of(q)->stmt);

	if (rc == SQLITE_ROW)
		return OK;
	if (rc == SQLITE_DONE)
		return ERR_NOT_FOUND;
	if ((rc & 0xff) == SQLITE_CONSTRAINT)
		return ERR_CONFLICT;
	return sqlite_failed(db_of(q->conn), "cannot step", q->sql);
}

static int64_t column_int(struct db_stmt *q, int column)
{
	return sqlite3_column_int64(stmt_of(q)->stmt, column);
}

static struct str column_bytes(struct db_stmt *q, int column)
{
	const char *p = sqlite3_column_blob(stmt_of(q)->stmt, column);
	int n = sqlite3_column_bytes(stmt_of(q)->stmt, column);

	return (struct str){ p, (size_t)n };
}

static bool column_is_null(struct db_stmt *q, int column)
{
	return sqlite3_column_type(stmt_of(q)->stmt, column) == SQLITE_NULL;
}

static int64_t changes(struct db_conn *conn)
{
	return sqlite3_changes64(db_of(conn));
}

static enum err script(struct db_conn *conn, const char *sql)
{
	return sqlite_exec(db_of(conn), sql);
}

static int64_t data_version(struct db_conn *conn)
{
	auto_stmt *q = NULL;

	if (db_prepare(conn, "PRAGMA data_version", &q) != OK || db_step(q) != OK)
		return 0;
	return db_int(q, 0);
}

const struct db_driver db_sqlite = {
	.scheme = "sqlite:",
	.dialect = "sqlite",
	.open = place_open,
	.close = place_close,
	.connect = conn_connect,
	.disconnect = conn_disconnect,
	.enter = enter,
	.leave = leave,
	.begin = begin,
	.mark = mark,
	.keep = keep,
	.undo = undo,
	.commit = commit,
	.rollback = rollback,
	.in_transaction = in_transaction,
	.prepare = prepare,
	.reset = reset,
	.finalize = finalize,
	.bind_int = bind_int,
	.bind_text = bind_text,
	.bind_blob = bind_blob,
	.bind_null = bind_null,
	.step = step,
	.column_int = column_int,
	.column_bytes = column_bytes,
	.column_is_null = column_is_null,
	.changes = changes,
	.script = script,
	.data_version = data_version,
	.backup = sqlite_backup,
};
