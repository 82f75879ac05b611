/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sqlite: what the files of the SQLite driver share. WAL journal; synchronous=FULL on every
 * connection that writes; nobody checkpoints but the thread of sqlite_checkpoint.c.
 */

#include <sqlite3.h>

#include "db/driver.h"

struct checkpointer;

struct sqlite_place {
	struct db_place base;
	char *path;
	struct checkpointer *checkpointer;
};

struct sqlite_conn {
	struct db_conn base;
	sqlite3 *db;
	struct checkpointer *checkpointer; /* its gate is for the writer; else not used */
};

enum { SQLITE_PARAMETERS = 64 };

struct sqlite_stmt {
	struct db_stmt base;
	sqlite3_stmt *stmt;
	unsigned char index[SQLITE_PARAMETERS]; /* of $n: SQLite numbers them as they occur */
};

/*
 * Opens a connection with the settings that all of ours have. `flags` as for sqlite3_open_v2.
 * The file must exist.
 */
enum err sqlite_connect(const char *path, int flags, sqlite3 **ret) MUST_CHECK;

/* Makes known the file system of sqlite_map.c; once. Its name for sqlite3_open_v2. */
const char *sqlite_map_keeping_vfs(void);

/* Logs what went wrong on this connection last. Always ERR_STORE, to return it. */
enum err sqlite_failed(sqlite3 *, const char *doing, const char *sql);

enum err sqlite_exec(sqlite3 *, const char *sql) MUST_CHECK;

/*
 * The thread that moves pages from the WAL into the database, so that no commit has to, and
 * keeps the WAL bounded. `watch` tells it of the commits on that connection; each of its
 * transactions stands between `enter`, which may wait for a moment, and `leave`.
 */
enum err checkpointer_start(const char *path, struct checkpointer **ret) MUST_CHECK;
void checkpointer_watch(struct checkpointer *, sqlite3 *writer);
void checkpointer_enter(struct checkpointer *);
void checkpointer_leave(struct checkpointer *);
void checkpointer_stop(struct checkpointer *);

enum err sqlite_backup(struct db_place *, const char *path);
