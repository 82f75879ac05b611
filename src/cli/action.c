/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/document.h"
#include "tenant/admin_event.h"
#include "tenant/document_secret.h"

/* Which triggers run the action: "post-login", … */
static struct str triggers_of(struct arena *a, struct db_conn *conn, struct str name)
{
	struct buf b = buf_new(a, 64);
	struct document *rows;
	size_t count;

	if (document_list(conn, a, DOCUMENT_BINDING, &rows, &count))
		return (struct str){ 0 };
	for (size_t i = 0; i < count; i++) {
		const struct json *body = NULL;

		if (json_parse(a, rows[i].body, &body, NULL))
			continue;
		json_each(binding,
			json_get(body,
				"bindings")) if (str_eq(json_get_str(binding, "action_name"),
							 name))
			buf_addf(&b, "%s" STR_FMT, b.n ? " " : "", STR_ARG(rows[i].id));
	}
	return buf_str(&b);
}

int cmd_action_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 1024);
	struct json_writer w = json_writer_on(&b);
	struct document *rows;
	size_t count = 0;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (document_list(db_reader(place.db), cli->arena, DOCUMENT_ACTION, &rows, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++) {
		json_begin_map(&w);
		json_put_str(&w, "name", rows[i].name);
		json_put_words(&w, "triggers",
			triggers_of(cli->arena, db_reader(place.db), rows[i].id));
		json_end_map(&w);
	}
	json_end_list(&w);
	print_table(cli, buf_str(&b), "name triggers");
	return EXIT_DONE;
}

/* The document, and of its versions all but their code. */
static struct str with_versions(
	struct arena *a, const struct seal *seal, const struct json *body)
{
	struct str text = document_without_secrets(a, seal, DOCUMENT_ACTION, body, false);
	int64_t deployed = json_get_int(body, "deployed_version", 0);
	struct buf b = buf_new(a, text.n + 1024);
	struct json_writer w = json_writer_on(&b);
	const struct json *shown;

	if (json_parse(a, text, &shown, NULL))
		return text;
	json_begin_map(&w);
	json_each(member, shown)
	{
		json_key_str(&w, member->key);
		json_value(&w, member);
	}
	json_key(&w, "versions");
	json_begin_list(&w);
	json_each(version, json_get(body, "versions"))
	{
		int64_t number = json_get_int(version, "number", 0);

		json_begin_map(&w);
		json_put_int(&w, "number", number);
		put_time(a, &w, "created_at", json_get_int(version, "created_at", 0));
		json_put_bool(&w, "deployed", number == deployed);
		json_end_map(&w);
	}
	json_end_list(&w);
	json_end_map(&w);
	return buf_str(&b);
}

int cmd_action_show(struct cli *cli)
{
	auto_place place = { 0 };
	struct str name = cli->args[0];
	struct document row;
	const struct json *body = NULL;
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = document_find(db_reader(place.db), cli->arena, DOCUMENT_ACTION, name, &row);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("action", name);
	if (e || json_parse(cli->arena, row.body, &body, NULL))
		return refuse("the store cannot be read");
	print_map(cli, with_versions(cli->arena, place.seal, body));
	return EXIT_DONE;
}

static enum err delete_action(struct db_conn *conn, void *arg)
{
	const struct admin_event *event = arg;
	enum err e = document_delete(conn, DOCUMENT_ACTION, event->id);

	return e ? e : admin_event_write(conn, event, clock_now());
}

int cmd_action_delete(struct cli *cli)
{
	auto_place place = { 0 };
	struct str name = cli->args[0];
	struct admin_event event = { .command = cli->command,
		.description = "Delete an action",
		.kind = "action",
		.id = name };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	if (triggers_of(cli->arena, db_reader(place.db), name).n)
		return refuse("a trigger runs the action " STR_FMT
			      ": take it out of `triggers` of the tenant file first",
			STR_ARG(str_first(name, 100)));
	e = db_write(place.db, delete_action, &event);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("action", name);
	return print_done(cli, e, "deleted");
}
