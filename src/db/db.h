/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * db: the seam to a database, at the height of statements. One SQL text serves every
 * driver: $1 parameters, epoch seconds as integers, RETURNING, ON CONFLICT; blobs for
 * digests. What differs lives in the driver (sqlite.c now; postgres.c can fill the same
 * struct db_driver) and in the DDL files of store/schema.
 *
 * Reading: each thread has its own connection; a statement outside a write sees the last
 * committed state. Writing: db_write() hands a function to the writer, which runs all that
 * wait in one transaction, each in a savepoint of its own, and commits once (group commit,
 * synchronous=FULL). It returns when the change is durable: only then may a handler answer.
 *
 * Owns connections, statements, the writer and the checkpoint thread. Knows no table.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct db;
struct db_conn;
struct db_stmt;

/*
 * Opens "sqlite:PATH" (made if it is not there, mode 0600). "postgres://…" is ERR_INVALID
 * until that driver exists.
 *
 * ERR_INVALID  not a URL of a driver that is built in
 * ERR_STORE    the database cannot be opened; the cause is in the log
 */
enum err db_open(struct str url, struct db **ret) MUST_CHECK;

/* Waits for the writer to finish what it took, then closes. NULL is accepted. */
void db_close(struct db *);

/*
 * This thread's reading connection; made at the first call, closed by db_close or at the
 * thread's end. NULL (the cause is in the log) when it cannot be made; every function below
 * that takes a connection answers ERR_STORE to NULL.
 */
struct db_conn *db_reader(struct db *);

/*
 * A change. Runs on the writer's connection, inside a savepoint. What it returns is what
 * db_write returns; anything but OK rolls its savepoint back. It may be run only once.
 */
typedef enum err db_write_fn(struct db_conn *, void *arg);

/*
 * Runs `change` and returns when it is durable. Blocks: never call it on a loop thread.
 *
 * ERR_BUSY   the writer's queue is full, or another process kept the database locked for
 *            five seconds (nothing was done)
 * ERR_STORE  the commit failed (nothing was done); the cause is in the log
 */
enum err db_write(struct db *, db_write_fn *change, void *arg) MUST_CHECK;

/*
 * The same without waiting and without a promise: for coarse last-activity, events and
 * traces. `arg` (n bytes, no pointers inside that die earlier) is copied. Delayed up to
 * half a second, to join other writes. Drops and counts when the queue is full.
 */
void db_write_later(struct db *, db_write_fn *change, const void *arg, size_t n);

/* Waits until every earlier db_write_later is committed. For tests and shutdown. */
void db_flush(struct db *);

/* What the writer did since db_open. For metrics. */
struct db_counts {
	uint64_t commits;
	uint64_t writes;  /* jobs in them */
	uint64_t dropped; /* jobs for later that were lost: queue full, or the commit failed */
	uint64_t busy_us; /* time in transactions, waiting for the disk included */
};
void db_counts(struct db *, struct db_counts *ret);

/*
 * Told, on the writing thread, how long each db_write took from the call to its answer, in
 * microseconds. One for the process, set before anything is written; NULL for none.
 */
void db_observe_writes(void (*observe)(int64_t microseconds));

/*
 * A statement of this connection, from its cache or prepared now, reset and unbound.
 * `sql` must be a literal: the cache is keyed by its address. Declare it auto_stmt, so that
 * it goes back when the block ends.
 */
enum err db_prepare(struct db_conn *, const char *sql, struct db_stmt **ret) MUST_CHECK;
void db_release(struct db_stmt **);
#define auto_stmt __attribute__((cleanup(db_release))) struct db_stmt

/*
 * Parameters are numbered from 1, in any order and as often as the SQL names them. The slice
 * must live until the statement is released.
 */
void db_bind_int(struct db_stmt *, int n, int64_t);
void db_bind_str(struct db_stmt *, int n, struct str);  /* empty binds NULL */
void db_bind_text(struct db_stmt *, int n, struct str); /* empty binds '' */
void db_bind_blob(struct db_stmt *, int n, struct str); /* empty binds NULL */
void db_bind_null(struct db_stmt *, int n);

/*
 * The next row.
 *
 * OK             a row: read its columns
 * ERR_NOT_FOUND  no (further) row; for a change without RETURNING this is the good end
 * ERR_CONFLICT   a constraint refused the change. Return it: PostgreSQL runs nothing more in
 *                that savepoint. Who wants to go on says ON CONFLICT in the SQL.
 * ERR_STORE      anything else; the cause is in the log
 */
enum err db_step(struct db_stmt *) MUST_CHECK;

/* Steps a statement that returns no rows. OK, ERR_CONFLICT or ERR_STORE. */
enum err db_run(struct db_stmt *) MUST_CHECK;

/* Columns are numbered from 0. Copied into the arena; NULL gives 0 or the absent string. */
int64_t db_int(struct db_stmt *, int column);
struct str db_str(struct db_stmt *, struct arena *, int column);
bool db_is_null(struct db_stmt *, int column);

/* Rows changed by the last db_run on this connection. */
int64_t db_changes(struct db_conn *);

/* Runs several statements of DDL. For migrations. */
enum err db_script(struct db_conn *, struct str sql) MUST_CHECK;

/* "sqlite" or "postgres": only migrations ask. */
const char *db_dialect(const struct db *);

/*
 * A number that changes whenever any other connection commits, in this process or another: to
 * notice commands beside a server. Comparable only with numbers from the same connection.
 */
int64_t db_data_version(struct db_conn *);

/*
 * Copies the whole database to a new file (mode 0600), while in use (tacit backup).
 *
 * ERR_CONFLICT  there is such a file
 * ERR_IO        the file cannot be made
 * ERR_STORE     the copy failed, and what there was of it is deleted; the cause is in the log
 */
enum err db_backup(struct db *, struct str path) MUST_CHECK;
