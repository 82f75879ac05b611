/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "cli/place.h"
#include "cli/print.h"
#include "store/schema.h"
#include "tenant/settings.h"

int cmd_backup(struct cli *cli)
{
	auto_place place = { 0 };
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (access(arena_cstr(cli->arena, cli->args[0]), F_OK) == 0)
		return refuse(STR_FMT " is there already", STR_ARG(cli->args[0]));
	if (db_backup(place.db, cli->args[0]))
		return refuse("cannot write " STR_FMT, STR_ARG(cli->args[0]));
	printf("copied to " STR_FMT "; without the master key (" STR_FMT
	       "master.key) it opens nothing, so keep that too, elsewhere\n",
		STR_ARG(cli->args[0]), STR_ARG(place.folder));
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
