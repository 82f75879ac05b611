/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * driver: what one kind of database must be able to do, so that db.h can stand on it. A
 * driver fills one const struct db_driver and derives its own structs from the three below,
 * which stand first in them. db.c, statement.c, reader.c and writer.c know no database;
 * a driver knows no thread but those that it starts itself.
 *
 * Errors that a driver sees are logged by the driver, once, and become the enum err that
 * db.h promises.
 */

#include "db/db.h"

struct db_driver;

/* An opened database, without a connection: a path, a pool of addresses. */
struct db_place {
	const struct db_driver *driver;
};

enum { DB_CACHE_SLOTS = 256, DB_CACHE_LIMIT = 192 };

/* One connection, used by one thread at a time. */
struct db_conn {
	const struct db_driver *driver;
	struct db_stmt *cache[DB_CACHE_SLOTS]; /* open hash by the address of the literal */
	unsigned cached;
	unsigned in_use; /* statements that are not released */
};

struct db_stmt {
	struct db_conn *conn;
	const char *sql;
	bool in_use;
	bool cached; /* else it ends when it is released */
};

enum db_role {
	DB_READER, /* must not be able to change anything */
	DB_WRITER, /* one for each opened database */
};

struct db_driver {
	const char *scheme;  /* what a URL of it begins with: "sqlite:" */
	const char *dialect; /* the name in the DDL files */

	/* `where` is the URL behind the scheme. close is called when no connection is left. */
	enum err (*open)(struct str where, struct db_place **ret);
	void (*close)(struct db_place *);

	/* disconnect is called when no statement is left. */
	enum err (*connect)(struct db_place *, enum db_role, struct db_conn **ret);
	void (*disconnect)(struct db_conn *);

	/*
	 * Around each time in which a connection has statements in use: from a reader's enter
	 * on they see what was committed last. Both are called by the connection's thread.
	 */
	void (*enter)(struct db_conn *);
	void (*leave)(struct db_conn *);

	/*
	 * The writer's transaction: begin {mark work (keep | undo)} (commit | rollback).
	 * begin: ERR_BUSY when others kept the database locked, ERR_STORE otherwise.
	 * commit: OK only when the change is durable; else rollback follows, which also comes
	 * when the transaction is gone already.
	 * in_transaction is false when an error has ended the transaction behind our back.
	 */
	enum err (*begin)(struct db_conn *);
	enum err (*mark)(struct db_conn *);
	enum err (*keep)(struct db_conn *);
	enum err (*undo)(struct db_conn *);
	enum err (*commit)(struct db_conn *);
	void (*rollback)(struct db_conn *);
	bool (*in_transaction)(struct db_conn *);

	/* Statements, as in db.h; reset also forgets what was bound. */
	enum err (*prepare)(struct db_conn *, const char *sql, struct db_stmt **ret);
	void (*reset)(struct db_stmt *);
	void (*finalize)(struct db_stmt *);
	void (*bind_int)(struct db_stmt *, int n, int64_t);
	void (*bind_text)(struct db_stmt *, int n, struct str);
	void (*bind_blob)(struct db_stmt *, int n, struct str);
	void (*bind_null)(struct db_stmt *, int n);
	enum err (*step)(struct db_stmt *);
	int64_t (*column_int)(struct db_stmt *, int column);
	struct str (*column_bytes)(struct db_stmt *, int column); /* until the next step */
	bool (*column_is_null)(struct db_stmt *, int column);

	int64_t (*changes)(struct db_conn *);
	enum err (*script)(struct db_conn *, const char *sql);
	int64_t (*data_version)(struct db_conn *);
	enum err (*backup)(struct db_place *, const char *path);
};

extern const struct db_driver db_sqlite;
