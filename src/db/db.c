/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "db/parts.h"

static const struct db_driver *const drivers[] = { &db_sqlite };

static const struct db_driver *driver_of(struct str url)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (str_starts(url, str_from(drivers[i]->scheme)))
			return drivers[i];
	return NULL;
}

static uint64_t next_id(void)
{
	static atomic_uint_fast64_t last;

	return atomic_fetch_add(&last, 1) + 1;
}

enum err db_open(struct str url, struct db **ret)
{
	const struct db_driver *driver = driver_of(url);
	struct db *db;
	enum err err;

	if (driver == NULL)
		return ERR_INVALID;

	db = calloc(1, sizeof(*db));
	if (db == NULL)
		abort();
	db->id = next_id();
	db->driver = driver;

	err = driver->open(str_after(url, strlen(driver->scheme)), &db->place);
	if (err == OK)
		err = writer_start(db, &db->writer);
	if (err != OK) {
		db_close(db);
		return err;
	}
	*ret = db;
	return OK;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	writer_stop(db->writer);
	readers_close(db);
	if (db->place != NULL)
		db->driver->close(db->place);
	free(db);
}

const char *db_dialect(const struct db *db)
{
	return db->driver->dialect;
}

enum err db_backup(struct db *db, struct str path)
{
	char *copy = strndup(path.p, path.n);
	enum err err;

	if (copy == NULL)
		abort();
	err = db->driver->backup(db->place, copy);
	free(copy);
	return err;
}

enum err db_script(struct db_conn *conn, struct str sql)
{
	char *copy;
	enum err err;

	if (conn == NULL)
		return ERR_STORE;
	copy = strndup(sql.p, sql.n);
	if (copy == NULL)
		abort();
	err = conn->driver->script(conn, copy);
	free(copy);
	return err;
}

int64_t db_changes(struct db_conn *conn)
{
	return conn == NULL ? 0 : conn->driver->changes(conn);
}

int64_t db_data_version(struct db_conn *conn)
{
	return conn == NULL ? 0 : conn->driver->data_version(conn);
}
