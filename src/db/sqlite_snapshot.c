/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A reader's view of the database, kept from one statement to the next.
 *
 * By itself each statement would be a transaction of its own: two locks of the file system to
 * begin and to end it, a tenth of a silent request. But a view is as good as new while nobody
 * has committed, and that can be seen without a call of the system: each commit, of any
 * process, writes a new header into the WAL's index, which is memory that all connections
 * share (sqlite.org/walformat, 2.1: its first 48 bytes). So a view is kept, and left for a new
 * one as soon as that header is another. The header is read before the view is taken: it may
 * be older than the view, never newer.
 *
 * A view that is kept keeps pages from being moved out of the WAL, here and in every other
 * process. So the checkpointer ends those that nobody is reading in, each time it has pages to
 * move, and a tenth of a second after one was taken.
 */

#include <stdlib.h>
#include <string.h>

#include "db/sqlite.h"

enum { INDEX_REGION = 32768 /* bytes; how SQLite maps the index */ };

/* NULL when there is no such memory: then each statement is on its own. */
static const uint64_t *index_header(sqlite3 *db)
{
	sqlite3_file *file = NULL;
	void volatile *region = NULL;

	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
		file == NULL || file->pMethods == NULL || file->pMethods->iVersion < 2 ||
		file->pMethods->xShmMap(file, 0, INDEX_REGION, 0, &region) != SQLITE_OK)
		return NULL;
	return (const uint64_t *)(const void *)(uintptr_t)region;
}

/* Others write it while we read; a torn header is one that differs. */
__attribute__((no_sanitize("thread"))) static void read_header(
	const struct sqlite_snapshot *s, uint64_t ret[SQLITE_INDEX_WORDS])
{
	for (size_t i = 0; i < SQLITE_INDEX_WORDS; i++)
		ret[i] = __atomic_load_n(&s->header[i], __ATOMIC_ACQUIRE);
}

static bool is_current(const struct sqlite_snapshot *s)
{
	uint64_t now[SQLITE_INDEX_WORDS];

	read_header(s, now);
	return memcmp(now, s->seen, sizeof(now)) == 0;
}

/* SQLite may have ended it by itself, after an error. */
static bool is_kept(const struct sqlite_snapshot *s)
{
	return sqlite3_get_autocommit(s->db) == 0;
}

static void run(struct sqlite_snapshot *s, sqlite3_stmt *stmt, const char *doing)
{
	if (sqlite3_step(stmt) != SQLITE_DONE)
		(void)sqlite_failed(s->db, doing, sqlite3_sql(stmt));
	sqlite3_reset(stmt);
}

static void end(struct sqlite_snapshot *s)
{
	if (is_kept(s))
		run(s, s->commit, "cannot end reading");
}

void snapshot_enter(struct sqlite_snapshot *s)
{
	if (s->header == NULL)
		return;
	pthread_mutex_lock(&s->lock);
	if (is_kept(s) && is_current(s))
		return;
	end(s);
	read_header(s, s->seen);
	run(s, s->begin, "cannot begin reading");
	if (!atomic_exchange(&s->of->some, true))
		checkpointer_end_views(s->of->checkpointer);
}

void snapshot_leave(struct sqlite_snapshot *s)
{
	if (s->header != NULL)
		pthread_mutex_unlock(&s->lock);
}

bool snapshots_end(struct sqlite_readers *readers)
{
	bool all = true;

	pthread_mutex_lock(&readers->lock);
	atomic_store(&readers->some, false);
	for (struct sqlite_snapshot *s = readers->first; s != NULL; s = s->next) {
		if (pthread_mutex_trylock(&s->lock) != 0) {
			all = false;
			continue;
		}
		end(s);
		pthread_mutex_unlock(&s->lock);
	}
	if (!all)
		atomic_store(&readers->some, true);
	pthread_mutex_unlock(&readers->lock);
	return all;
}

static enum err prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
	int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);

	return rc == SQLITE_OK ? OK : sqlite_failed(db, "cannot prepare", sql);
}

enum err snapshot_open(sqlite3 *db, struct sqlite_readers *readers, struct sqlite_snapshot *ret)
{
	/* The first statement that reads is what maps the index. */
	enum err err = sqlite_exec(db, "SELECT count(*) FROM sqlite_schema");

	*ret = (struct sqlite_snapshot){ .db = db, .of = readers };
	if (err == OK)
		err = prepare(db, "BEGIN", &ret->begin);
	if (err == OK)
		err = prepare(db, "COMMIT", &ret->commit);
	if (err != OK) {
		sqlite3_finalize(ret->begin);
		return err;
	}
	ret->header = index_header(db);
	pthread_mutex_init(&ret->lock, NULL);
	pthread_mutex_lock(&readers->lock);
	ret->next = readers->first;
	readers->first = ret;
	pthread_mutex_unlock(&readers->lock);
	return OK;
}

void snapshot_close(struct sqlite_snapshot *s)
{
	struct sqlite_snapshot **at = &s->of->first;

	pthread_mutex_lock(&s->of->lock);
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	pthread_mutex_unlock(&s->of->lock);
	end(s);
	sqlite3_finalize(s->begin);
	sqlite3_finalize(s->commit);
	pthread_mutex_destroy(&s->lock);
}
