/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client.h"

#include "base/clock.h"
#include "base/random.h"
#include "cli/apply.h"
#include "cli/assign.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/document.h"
#include "tenant/admin_event.h"
#include "tenant/document_secret.h"

enum { ID_BYTES = 24, SECRET_BYTES = 48 };

/* The stored client without its secrets. */
static int find(
	struct cli *cli, const struct place *place, struct str id, const struct json **ret)
{
	struct document row;
	const struct json *body;
	enum err e = document_find(db_reader(place->db), cli->arena, DOCUMENT_CLIENT, id, &row);

	if (e == ERR_NOT_FOUND)
		return refuse_missing("client", id);
	if (e || json_parse(cli->arena, row.body, &body, NULL) ||
		json_parse(cli->arena,
			document_without_secrets(
				cli->arena, place->seal, DOCUMENT_CLIENT, body, false),
			ret, NULL))
		return refuse("the store cannot be read");
	return EXIT_DONE;
}

static const char *enabled_word(const struct json *client)
{
	return json_get_bool(client, "enabled", true) ? "yes" : "no";
}

int cmd_client_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	struct document *rows;
	size_t count = 0;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (document_list(db_reader(place.db), cli->arena, DOCUMENT_CLIENT, &rows, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++) {
		const struct json *body = NULL;

		if (json_parse(cli->arena, rows[i].body, &body, NULL))
			continue;
		json_begin_map(&w);
		json_put_str(&w, "client_id", rows[i].id);
		json_put_str(&w, "name", rows[i].name);
		json_put_opt(&w, "app_type", json_get_str(body, "app_type"));
		json_put_str(&w, "enabled", str_from(enabled_word(body)));
		if (json_get(body, "web_origins")) {
			json_key(&w, "web_origins");
			json_value(&w, json_get(body, "web_origins"));
		}
		json_end_map(&w);
	}
	json_end_list(&w);
	print_table(cli, buf_str(&b), "client_id name app_type enabled web_origins");
	return EXIT_DONE;
}

int cmd_client_show(struct cli *cli)
{
	auto_place place = { 0 };
	const struct json *client;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = find(cli, &place, cli->args[0], &client);
	if (!status)
		print_map(cli, json_text(cli->arena, client));
	return status;
}

/* Stores the client and shows it; a secret that was made here is shown this once. */
static int store(struct cli *cli, const struct place *place, const struct json *client,
	struct str secret, const char *what)
{
	const struct json *stored;
	struct str id = json_get_str(client, "client_id");
	int status;

	if (secret.n)
		client = assign_text(cli->arena, client, "client_secret", secret);
	status = apply_item(cli, place, "clients", client, what);
	if (!status)
		status = find(cli, place, id, &stored);
	if (status)
		return status;
	if (secret.n)
		stored = assign_text(cli->arena, stored, "client_secret", secret);
	print_map(cli, json_text(cli->arena, stored));
	return EXIT_DONE;
}

/* A confidential client that was given no secret gets one. */
static struct str secret_for(struct arena *a, const struct json *client)
{
	struct client c;
	struct str why;

	if (json_get_str(client, "client_secret").n ||
		client_read(a, (struct str){ 0 }, client, &c, &why) ||
		c.auth_method < AUTH_SECRET_BASIC || c.auth_method > AUTH_SECRET_JWT)
		return (struct str){ 0 };
	return random_token(a, SECRET_BYTES);
}

int cmd_client_create(struct cli *cli)
{
	auto_place place = { 0 };
	struct document row;
	const struct json *client = NULL;
	struct str why;
	struct str id;
	int status = place_open(cli, PLACE_MAKE, &place);

	if (status)
		return status;
	if (assign(cli->arena, NULL, cli->args, cli->arg_count, &client, &why))
		return refuse(STR_FMT, STR_ARG(why));
	id = json_get_str(client, "client_id");
	if (id.n == 0)
		id = random_token(cli->arena, ID_BYTES);
	client = assign_text(cli->arena, client, "client_id", id);
	if (document_find(db_reader(place.db), cli->arena, DOCUMENT_CLIENT, id, &row) == OK)
		return refuse("there is a client " STR_FMT " already", STR_ARG(id));
	return store(cli, &place, client, secret_for(cli->arena, client), "Create a client");
}

int cmd_client_update(struct cli *cli)
{
	auto_place place = { 0 };
	const struct json *client;
	struct str why;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = find(cli, &place, cli->args[0], &client);
	if (status)
		return status;
	if (assign(cli->arena, client, cli->args + 1, cli->arg_count - 1, &client, &why))
		return refuse(STR_FMT, STR_ARG(why));
	if (!str_eq(json_get_str(client, "client_id"), cli->args[0]))
		return refuse("client_id: a client cannot change its id");
	return store(cli, &place, client, (struct str){ 0 }, "Update a client");
}

int cmd_client_secret(struct cli *cli)
{
	auto_place place = { 0 };
	const struct json *client;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = find(cli, &place, cli->args[0], &client);
	if (status)
		return status;
	return store(cli, &place, client, random_token(cli->arena, SECRET_BYTES),
		"Rotate a client's secret");
}

struct deletion {
	struct arena *arena;
	struct admin_event event;
};

/* With its client grants, which would name nobody. */
static enum err delete_client(struct db_conn *conn, void *arg)
{
	const struct deletion *d = arg;
	struct str prefix = arena_printf(d->arena, STR_FMT " ", STR_ARG(d->event.client_id));
	struct document *grants;
	size_t count;
	enum err e = document_delete(conn, DOCUMENT_CLIENT, d->event.client_id);

	if (!e)
		e = document_list(conn, d->arena, DOCUMENT_CLIENT_GRANT, &grants, &count);
	for (size_t i = 0; !e && i < count; i++)
		if (str_starts(grants[i].id, prefix))
			e = document_delete(conn, DOCUMENT_CLIENT_GRANT, grants[i].id);
	return e ? e : admin_event_write(conn, &d->event, clock_now());
}

int cmd_client_delete(struct cli *cli)
{
	auto_place place = { 0 };
	struct deletion d = { cli->arena, { .command = cli->command,
						  .description = "Delete a client",
						  .kind = "client",
						  .id = cli->args[0],
						  .client_id = cli->args[0] } };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, delete_client, &d);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("client", cli->args[0]);
	return print_done(cli, e, "deleted");
}
