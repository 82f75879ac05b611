/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A copy of the database in use: all pages in one read transaction, so that it is the state of
 * one moment. (Copying in steps would begin anew with each commit, and under load never end.)
 * Writers go on meanwhile; only the WAL cannot shrink.
 */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "db/sqlite.h"

static void sqlite_close(sqlite3 **db)
{
	sqlite3_close(*db);
}
#define auto_sqlite __attribute__((cleanup(sqlite_close))) sqlite3

static enum err make_copy(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		close(fd);
		return OK;
	}
	if (errno == EEXIST)
		return ERR_CONFLICT;
	log_line(LOG_ERROR, "db", "cannot make the backup", "path", path, "reason",
		strerror(errno), NULL);
	return ERR_IO;
}

static enum err copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
	int rc;

	if (backup == NULL)
		return sqlite_failed(to, "cannot begin the backup", "");
	rc = sqlite3_backup_step(backup, -1);
	sqlite3_backup_finish(backup);
	return rc == SQLITE_DONE ? OK : sqlite_failed(to, "cannot copy", "");
}

static enum err copy(const char *from_path, const char *to_path)
{
	auto_sqlite *from = NULL;
	auto_sqlite *to = NULL;
	enum err err = sqlite_connect(from_path, SQLITE_OPEN_READWRITE, &from);

	if (err == OK)
		err = sqlite_connect(to_path, SQLITE_OPEN_READWRITE, &to);
	if (err == OK)
		err = copy_pages(from, to);
	return err;
}

/* The name of a new file is durable when its folder is. */
static enum err sync_folder(const char *path)
{
	char *name = strdup(path);
	bool good;
	int fd;

	if (name == NULL)
		abort();
	fd = open(dirname(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(name);
	good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good ? OK : ERR_IO;
}

enum err sqlite_backup(struct db_place *base, const char *path)
{
	struct sqlite_place *place = (struct sqlite_place *)base;
	enum err err = make_copy(path);

	if (err != OK)
		return err;
	err = copy(place->path, path);
	if (err == OK)
		err = sync_folder(path);
	if (err != OK)
		unlink(path);
	return err;
}
