/* SPDX-License-Identifier: Apache-2.0 */
#include "store/user.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/apply.h"
#include "cli/assign.h"
#include "cli/find_user.h"
#include "cli/place.h"
#include "cli/print.h"
#include "tenant/admin_event.h"
#include "tenant/user_fields.h"

enum { USERS_SHOWN = 50, USERS_MOST = 1000000, PASSWORD_MOST = 1024 };

int find_user(struct cli *cli, const struct place *place, struct str name, struct user *ret)
{
	struct db_conn *conn = db_reader(place->db);
	enum err e = user_find(conn, cli->arena, name, ret);

	if (e == ERR_NOT_FOUND)
		e = user_find_by_login(conn, cli->arena, name, ret);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("user", name);
	return e ? refuse("the store cannot be read") : EXIT_DONE;
}

int open_user_option(
	struct cli *cli, const char *what, struct place *ret_place, struct user *ret)
{
	struct str name = option(&cli->options, OPTION_USER);
	int status = place_open(cli, PLACE_EXISTS, ret_place);

	if (status)
		return status;
	if (name.n == 0)
		return refuse("say whose %s: --user USER", what);
	return find_user(cli, ret_place, name, ret);
}

int open_user(struct cli *cli, struct place *ret_place, struct user *ret)
{
	int status = place_open(cli, PLACE_EXISTS, ret_place);

	return status ? status : find_user(cli, ret_place, cli->args[0], ret);
}

static void write_user(struct arena *a, const struct user *u, struct json_writer *w)
{
	user_fields_write(a, u, false, w);
	json_put_bool(w, "has_password", u->password_hash.n > 0);
	put_time(a, w, "created_at", u->created_at);
	put_time(a, w, "updated_at", u->updated_at);
	put_time(a, w, "last_login", u->last_login);
	json_put_opt(w, "last_ip", u->last_ip);
	json_put_int(w, "logins_count", u->logins_count);
	json_end_map(w);
}

int cmd_user_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	int64_t most = USERS_SHOWN;
	struct user *users;
	size_t count = 0;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = read_number(cli, OPTION_MAX, "max", USERS_MOST, &most);
	if (status)
		return status;
	if (user_list(db_reader(place.db), cli->arena, (struct str){ 0 }, (size_t)most, &users,
		    &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++)
		write_user(cli->arena, &users[i], &w);
	json_end_list(&w);
	print_table(cli, buf_str(&b), "user_id email username name blocked last_login");
	return EXIT_DONE;
}

static int show(struct cli *cli, const struct user *user)
{
	struct buf b = buf_new(cli->arena, 1024);
	struct json_writer w = json_writer_on(&b);

	write_user(cli->arena, user, &w);
	print_map(cli, buf_str(&b));
	return EXIT_DONE;
}

int cmd_user_show(struct cli *cli)
{
	auto_place place = { 0 };
	struct user user;
	int status = open_user(cli, &place, &user);

	return status ? status : show(cli, &user);
}

/* Nobody else on the machine sees it there, as he would among the arguments. */
static int add_password(struct cli *cli, const struct json **document)
{
	char line[PASSWORD_MOST + 2];
	struct str password;

	if (!option_on(&cli->options, OPTION_PASSWORD_STDIN))
		return EXIT_DONE;
	if (!fgets(line, sizeof(line), stdin))
		return refuse("there is no password on standard input");
	password = str_from(line);
	while (password.n && strchr("\r\n", password.p[password.n - 1]))
		password.n--;
	*document =
		assign_text(cli->arena, *document, "password", arena_str(cli->arena, password));
	explicit_bzero(line, sizeof(line));
	return EXIT_DONE;
}

static int store(struct cli *cli, const struct place *place, const struct json *document,
	struct str user_id, const char *what)
{
	struct user user;
	int status = add_password(cli, &document);

	if (!status)
		status = apply_item(cli, place, "users", document, what);
	if (!status)
		status = find_user(cli, place, user_id, &user);
	return status ? status : show(cli, &user);
}

int cmd_user_create(struct cli *cli)
{
	static const char *const names[] = { "user_id", "email", "username" };
	auto_place place = { 0 };
	const struct json *document = NULL;
	struct user user;
	struct str why;
	int status = place_open(cli, PLACE_MAKE, &place);

	if (status)
		return status;
	if (assign(cli->arena, NULL, cli->args, cli->arg_count, &document, &why))
		return refuse(STR_FMT, STR_ARG(why));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct str name = json_get_str(document, names[i]);

		if (name.n &&
			(user_find_by_login(db_reader(place.db), cli->arena, name, &user) ==
					OK ||
				user_find(db_reader(place.db), cli->arena, name, &user) == OK))
			return refuse("there is a user " STR_FMT " already", STR_ARG(name));
	}
	if (json_get_str(document, "user_id").n == 0)
		document =
			assign_text(cli->arena, document, "user_id", user_id_new(cli->arena));
	return store(cli, &place, document, json_get_str(document, "user_id"), "Create a user");
}

/* Of all fields the one that somebody will look for. */
static const char *describe(const struct user *user, const struct json *document)
{
	bool blocked = json_get_bool(document, "blocked", user->blocked);

	if (blocked == user->blocked)
		return "Update a user";
	return blocked ? "Block a user" : "Unblock a user";
}

int cmd_user_update(struct cli *cli)
{
	auto_place place = { 0 };
	const struct json *document = NULL;
	struct user user;
	struct str why;
	int status = open_user(cli, &place, &user);

	if (status)
		return status;
	if (assign(cli->arena, NULL, cli->args + 1, cli->arg_count - 1, &document, &why))
		return refuse(STR_FMT, STR_ARG(why));
	document = assign_text(cli->arena, document, "user_id", user.user_id);
	return store(cli, &place, document, user.user_id, describe(&user, document));
}

static enum err delete_user(struct db_conn *conn, void *arg)
{
	const struct admin_event *event = arg;
	int64_t now = clock_now();
	enum err e = user_delete(conn, event->id, now);

	return e ? e : admin_event_write(conn, event, now);
}

int cmd_user_delete(struct cli *cli)
{
	auto_place place = { 0 };
	struct admin_event event = {
		.command = cli->command, .description = "Delete a user", .kind = "user"
	};
	struct user user;
	int status = open_user(cli, &place, &user);

	if (status)
		return status;
	event.id = event.user_id = user.user_id;
	return print_done(cli, db_write(place.db, delete_user, &event), "deleted");
}
