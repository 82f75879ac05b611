/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A file system for SQLite that is the usual one but for one thing: it keeps the map of the
 * database file. When another connection has committed, SQLite drops the reader's map of the
 * whole file and makes a new one, page fault by page fault; beside a writer with 1000 commits
 * a second a read took 110 us of CPU instead of 20. It does so because the file may have been
 * cut and extended meanwhile, which some systems show wrongly in an old map. Linux does not: a
 * shared map is the file. So the map is dropped only when the file's size has changed, and
 * then it is because it must grow.
 */

#include <pthread.h>

#include "db/sqlite.h"

static sqlite3_vfs *usual;
static const sqlite3_io_methods *usual_methods;
static sqlite3_io_methods methods;
static sqlite3_vfs keeping;

/* Lies behind the usual file object. */
struct map_state {
	sqlite3_int64 size; /* of the file when the map was made, or a little before */
};

static struct map_state *state_of(sqlite3_file *file)
{
	return (struct map_state *)(void *)((char *)file + usual->szOsFile);
}

static int unfetch(sqlite3_file *file, sqlite3_int64 offset, void *page)
{
	sqlite3_int64 size = -1;

	if (page != NULL)
		return usual_methods->xUnfetch(file, offset, page);
	if (usual_methods->xFileSize(file, &size) == SQLITE_OK && size == state_of(file)->size)
		return SQLITE_OK;
	state_of(file)->size = size;
	return usual_methods->xUnfetch(file, offset, page);
}

/* The methods depend on the file system below; those of the first database are the ones known.
 */
static void learn_methods(const sqlite3_io_methods *found)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (usual_methods == NULL && found->iVersion >= 3) {
		methods = *found;
		methods.xUnfetch = unfetch;
		usual_methods = found;
	}
	pthread_mutex_unlock(&lock);
}

static int open_file(
	sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
	int rc = usual->xOpen(usual, name, file, flags, ret_flags);

	(void)vfs;
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB) || file->pMethods == NULL)
		return rc;
	learn_methods(file->pMethods);
	state_of(file)->size = -1;
	if (file->pMethods == usual_methods)
		file->pMethods = &methods;
	return rc;
}

const char *sqlite_map_keeping_vfs(void)
{
	usual = sqlite3_vfs_find(NULL);
	keeping = *usual;
	keeping.zName = "map-keeping";
	keeping.szOsFile = usual->szOsFile + (int)sizeof(struct map_state);
	keeping.pNext = NULL;
	keeping.xOpen = open_file;
	return sqlite3_vfs_register(&keeping, 0) == SQLITE_OK ? keeping.zName : NULL;
}
