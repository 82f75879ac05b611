/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/document.h"
#include "store/schema.h"
#include "tenant/admin_event.h"
#include "tenant/settings.h"

struct copying {
	const struct cli *cli;
	const char *description;
};

static enum err write_copying(struct db_conn *conn, void *arg)
{
	const struct copying *copying = arg;

	return admin_event_write(conn,
		&(struct admin_event){ .command = copying->cli->command,
			.description = copying->description,
			.kind = "database" },
		clock_now());
}

/* A copy that the log cannot tell of is none. */
static enum err back_up(const struct cli *cli, struct db *db, struct str path)
{
	struct copying copying = { cli, "Back up the database" };
	enum err e = db_backup(db, path);

	if (e)
		return e;
	e = db_write(db, write_copying, &copying);
	if (e)
		(void)unlink(path.p);
	return e;
}

int cmd_backup(struct cli *cli)
{
	auto_place place = { 0 };
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (access(arena_cstr(cli->arena, cli->args[0]), F_OK) == 0)
		return refuse(STR_FMT " is there already", STR_ARG(cli->args[0]));
	if (back_up(cli, place.db, arena_str(cli->arena, cli->args[0])))
		return refuse("cannot write " STR_FMT, STR_ARG(cli->args[0]));
	printf("copied to " STR_FMT "; without the master key (" STR_FMT
	       "master.key) it opens nothing, so keep that too, elsewhere\n",
		STR_ARG(cli->args[0]), STR_ARG(place.folder));
	return EXIT_DONE;
}

/* Through the database itself, so that a file that is none is refused, and the copy durable. */
static enum err copy_back(struct cli *cli, struct str path)
{
	struct db *db = NULL;
	int64_t version = 0;
	enum err e = db_open(
		arena_printf(cli->arena, "sqlite:" STR_FMT, STR_ARG(cli->args[0])), &db);

	if (!e)
		e = schema_version(db, &version);
	if (!e && version == 0)
		e = ERR_INVALID;
	if (!e)
		e = db_backup(db, path);
	db_close(db);
	return e;
}

/* What is restored says so itself, in the shape of this program. */
static enum err tell_copy(struct cli *cli, struct str path)
{
	struct copying copying = { cli, "Restore the database" };
	struct db *db = NULL;
	enum err e = db_open(arena_printf(cli->arena, "sqlite:" STR_FMT, STR_ARG(path)), &db);

	if (!e)
		e = place_migrate(cli, db);
	if (!e)
		e = db_write(db, write_copying, &copying);
	db_close(db);
	return e;
}

int cmd_restore(struct cli *cli)
{
	struct str path = place_database(cli);
	enum err e;

	if (path.n == 0)
		return EXIT_REFUSED;
	if (access(path.p, F_OK) == 0)
		return refuse(STR_FMT " is there already: a backup is not put over a tenant",
			STR_ARG(path));
	if (access(arena_cstr(cli->arena, cli->args[0]), R_OK) != 0)
		return refuse("cannot read " STR_FMT, STR_ARG(cli->args[0]));
	if (copy_back(cli, path))
		return refuse(STR_FMT " is no backup of a tenant", STR_ARG(cli->args[0]));
	e = tell_copy(cli, path);
	if (e)
		(void)unlink(path.p);
	if (e == ERR_CONFLICT)
		return refuse(
			STR_FMT " was made by a newer version of tacit", STR_ARG(cli->args[0]));
	if (e)
		return refuse("cannot write %s", path.p);
	printf("made " STR_FMT "; put the master key of then beside it, as master.key\n",
		STR_ARG(path));
	return EXIT_DONE;
}

int cmd_tenant_show(struct cli *cli)
{
	auto_place place = { 0 };
	struct document row = { .body = S("{}") };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = document_find(
		db_reader(place.db), cli->arena, DOCUMENT_SETTINGS, S("tenant"), &row);
	if (e && e != ERR_NOT_FOUND)
		return refuse("the store cannot be read");
	print_map(cli, row.body);
	return EXIT_DONE;
}

/* Opening did it. */
int cmd_migrate(struct cli *cli)
{
	auto_place place = { 0 };
	int64_t version = 0;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (schema_version(place.db, &version))
		return refuse("the store cannot be read");
	printf("the database is at step %lld\n", (long long)version);
	return EXIT_DONE;
}

int cmd_version(struct cli *cli)
{
	if (cli->arena && option_on(&cli->options, OPTION_SETTINGS)) {
		struct str text = settings_markdown(cli->arena);

		fwrite(text.p, 1, text.n, stdout);
		options_print_markdown();
		return EXIT_DONE;
	}
	printf("tacit %s\n", TACIT_VERSION);
	return EXIT_DONE;
}
