/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/document.h"
#include "tenant/action_version.h"
#include "tenant/admin_event.h"
#include "tenant/document_secret.h"

enum { VERSION_MOST = 1000000 };

struct change {
	struct arena *arena;
	struct str name;
	int64_t number; /* 0: deploy the draft */
	struct action_version deployed;
	struct admin_event event;
};

static enum err record(struct db_conn *conn, const struct change *c)
{
	struct admin_event event = c->event;

	event.kind = "action";
	event.id = c->name;
	event.version = c->deployed.number;
	return admin_event_write(conn, &event, clock_now());
}

/* Read and written in one transaction: two commands at once do not undo each other. */
static enum err deploy(struct db_conn *conn, void *arg)
{
	struct change *c = arg;
	struct document row;
	const struct json *before, *body;
	struct action_version found;
	enum err e = document_find(conn, c->arena, DOCUMENT_ACTION, c->name, &row);

	if (!e && json_parse(c->arena, row.body, &before, NULL))
		e = ERR_STORE;
	if (e)
		return e;
	if (c->number > 0 && !action_version_find(before, c->number, &found))
		return ERR_INVALID;
	row.body = c->number > 0
			   ? action_version_roll_back(c->arena, before, c->number)
			   : action_version_keep(c->arena, before, before, true, clock_now());
	if (json_parse(c->arena, row.body, &body, NULL) ||
		!action_version_deployed(body, &c->deployed))
		return ERR_STORE;
	if (document_same(before, body))
		return OK;
	e = document_put(conn, DOCUMENT_ACTION, &row, clock_now());
	return e ? e : record(conn, c);
}

static int change(struct cli *cli, struct change *c)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 128);
	struct json_writer w = json_writer_on(&b);
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, deploy, c);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("action", c->name);
	if (e == ERR_INVALID)
		return refuse("there is no version %lld of " STR_FMT
			      "; tacit action show lists them",
			(long long)c->number, STR_ARG(str_first(c->name, 100)));
	if (e)
		return refuse("the store did not take it");
	json_begin_map(&w);
	json_put_str(&w, "name", c->name);
	json_put_int(&w, "deployed_version", c->deployed.number);
	json_end_map(&w);
	print_map(cli, buf_str(&b));
	return EXIT_DONE;
}

int cmd_action_deploy(struct cli *cli)
{
	return change(cli, &(struct change){ .arena = cli->arena,
				   .name = cli->args[0],
				   .event = { .command = cli->command,
					   .description = "Deploy an action" } });
}

int cmd_action_rollback(struct cli *cli)
{
	struct change c = { .arena = cli->arena,
		.name = cli->args[0],
		.event = { .command = cli->command, .description = "Roll back an action" } };

	if (!str_digits(cli->args[1], VERSION_MOST, &c.number) || c.number == 0)
		return refuse("VERSION must be a number");
	return change(cli, &c);
}
