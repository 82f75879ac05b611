/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <string.h>

#include "store/rows.h"

#include "0001_first.postgres.sql.h"
#include "0001_first.sqlite.sql.h"
#include "0002_factor.postgres.sql.h"
#include "0002_factor.sqlite.sql.h"
#include "0003_account.postgres.sql.h"
#include "0003_account.sqlite.sql.h"
#include "0004_request.postgres.sql.h"
#include "0004_request.sqlite.sql.h"
#include "0005_browser.postgres.sql.h"
#include "0005_browser.sqlite.sql.h"
#include "0006_metadata.postgres.sql.h"
#include "0006_metadata.sqlite.sql.h"
#include "0007_logout.postgres.sql.h"
#include "0007_logout.sqlite.sql.h"
#include "0009_device.postgres.sql.h"
#include "0009_device.sqlite.sql.h"
#include "0010_secret.postgres.sql.h"
#include "0010_secret.sqlite.sql.h"

/* clang-format off */
static const struct step {
	int64_t number;
	const char *name;
	const char *sqlite;
	const char *postgres;
} steps[] = {
	{ 1, "first", step_0001_sqlite, step_0001_postgres },
	{ 2, "factor", step_0002_sqlite, step_0002_postgres },
	{ 3, "account", step_0003_sqlite, step_0003_postgres },
	{ 4, "request", step_0004_sqlite, step_0004_postgres },
	{ 5, "browser", step_0005_sqlite, step_0005_postgres },
	{ 6, "metadata", step_0006_sqlite, step_0006_postgres },
	{ 7, "logout", step_0007_sqlite, step_0007_postgres },
	{ 9, "device", step_0009_sqlite, step_0009_postgres },
	{ 10, "secret", step_0010_sqlite, step_0010_postgres },
};
/* clang-format on */

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

/* The same in every dialect. */
static const char step_table[] =
	"CREATE TABLE IF NOT EXISTS schema_step (number BIGINT NOT NULL PRIMARY KEY,"
	" name TEXT NOT NULL)";

static enum err read_version(struct db_conn *db, void *arg)
{
	enum err err = db_script(db, str_from(step_table));

	if (err != OK)
		return err;
	return row_number(db, "SELECT coalesce(max(number), 0) FROM schema_step", arg);
}

enum err schema_version(struct db *db, int64_t *ret)
{
	int64_t version;
	enum err err = db_write(db, read_version, &version);

	if (err == OK)
		*ret = version;
	return err;
}

struct application {
	const struct step *step;
	const char *sql;
	db_write_fn *tell; /* behind this step; or NULL */
	void *arg;
};

static enum err record_step(struct db_conn *db, const struct step *step)
{
	auto_stmt *q = NULL;
	enum err err =
		db_prepare(db, "INSERT INTO schema_step (number, name) VALUES ($1, $2)", &q);

	if (err != OK)
		return err;
	db_bind_int(q, 1, step->number);
	db_bind_text(q, 2, str_from(step->name));
	return db_run(q);
}

/* Another process may have been faster since the version was read. */
static enum err apply_step(struct db_conn *db, void *arg)
{
	const struct application *a = arg;
	int64_t version;
	enum err err = read_version(db, &version);

	if (err != OK || version >= a->step->number)
		return err;
	err = db_script(db, str_from(a->sql));
	if (err == OK)
		err = record_step(db, a->step);
	return err == OK && a->tell != NULL ? a->tell(db, a->arg) : err;
}

enum err schema_migrate(struct db *db)
{
	return schema_migrate_and(db, NULL, NULL);
}

enum err schema_migrate_and(struct db *db, db_write_fn *tell, void *arg)
{
	bool sqlite = strcmp(db_dialect(db), "sqlite") == 0;
	int64_t version;
	enum err err = schema_version(db, &version);

	if (err == OK && version > steps[STEPS - 1].number)
		return ERR_CONFLICT;
	for (size_t i = 0; i < STEPS && err == OK; i++) {
		bool last = i == STEPS - 1 && version > 0;
		struct application a = { &steps[i],
			sqlite ? steps[i].sqlite : steps[i].postgres, last ? tell : NULL, arg };

		if (steps[i].number > version)
			err = db_write(db, apply_step, &a);
	}
	return err;
}
