/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sqlite: what the files of the SQLite driver share. WAL journal; synchronous=FULL on every
 * connection that writes; nobody checkpoints but the thread of sqlite_checkpoint.c.
 */

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

#include "db/driver.h"

struct checkpointer;

/* The readers' views of one opened database. */
struct sqlite_readers {
	pthread_mutex_t lock; /* for the list; taken before that of a view */
	struct sqlite_snapshot *first;
	atomic_bool some; /* views are kept, and the checkpointer will end them */
	struct checkpointer *checkpointer;
};

enum { SQLITE_INDEX_WORDS = 6 };

/* One reader's view (sqlite_snapshot.c), a part of its connection. */
struct sqlite_snapshot {
	sqlite3 *db;
	sqlite3_stmt *begin;
	sqlite3_stmt *commit;
	const uint64_t *header;            /* of the WAL's index: shared memory, or NULL */
	uint64_t seen[SQLITE_INDEX_WORDS]; /* the header before this view was taken */
	pthread_mutex_t lock;              /* held while a statement is in use */
	struct sqlite_readers *of;
	struct sqlite_snapshot *next;
};

struct sqlite_place {
	struct db_place base;
	char *path;
	struct sqlite_readers readers;
	struct checkpointer *checkpointer;
};

struct sqlite_conn {
	struct db_conn base;
	sqlite3 *db;
	bool reads;
	struct sqlite_snapshot snapshot;   /* of one that reads */
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
enum err checkpointer_start(
	const char *path, struct sqlite_readers *, struct checkpointer **ret) MUST_CHECK;
void checkpointer_watch(struct checkpointer *, sqlite3 *writer);
void checkpointer_enter(struct checkpointer *);
void checkpointer_leave(struct checkpointer *);
/* To be told that a view is kept: a tenth of a second later it is ended. */
void checkpointer_end_views(struct checkpointer *);
void checkpointer_stop(struct checkpointer *);

/*
 * Views. open: of a connection that only reads, which stands at `ret` until close; not before
 * close may the connection be closed. Between enter and leave, on one thread, statements see
 * one state: the last that was committed when enter was called. end: those that are not between
 * the two; from any thread; true if there are no others.
 */
enum err snapshot_open(
	sqlite3 *, struct sqlite_readers *, struct sqlite_snapshot *ret) MUST_CHECK;
void snapshot_enter(struct sqlite_snapshot *);
void snapshot_leave(struct sqlite_snapshot *);
void snapshot_close(struct sqlite_snapshot *);
bool snapshots_end(struct sqlite_readers *);

enum err sqlite_backup(struct db_place *, const char *path);
