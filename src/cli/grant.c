/* SPDX-License-Identifier: Apache-2.0 */
#include "store/grant.h"

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"

enum { MS = 1000 };

int cmd_grant_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	struct str name = option(&cli->options, OPTION_USER);
	struct grant *grants;
	size_t count = 0;
	struct user user;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	if (name.n == 0)
		return refuse("say whose grants: --user USER");
	status = find_user(cli, &place, name, &user);
	if (status)
		return status;
	if (grant_list_by_user(db_reader(place.db), cli->arena, user.user_id, &grants, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++) {
		json_begin_map(&w);
		json_put_str(&w, "grant_id", grants[i].grant_id);
		json_put_str(&w, "client_id", grants[i].client_id);
		json_put_str(&w, "audience", grants[i].audience);
		json_put_words(&w, "scope", grants[i].scope);
		json_put_str(
			&w, "updated_at", clock_iso(cli->arena, grants[i].updated_at * MS));
		json_end_map(&w);
	}
	json_end_list(&w);
	print_table(cli, buf_str(&b), "grant_id client_id audience scope updated_at");
	return EXIT_DONE;
}

static enum err delete_grant(struct db_conn *conn, void *arg)
{
	return grant_delete(conn, *(struct str *)arg, clock_now());
}

int cmd_grant_delete(struct cli *cli)
{
	auto_place place = { 0 };
	struct str id = cli->args[0];
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, delete_grant, &id);
	if (e == ERR_NOT_FOUND)
		return refuse("there is no grant " STR_FMT, STR_ARG(str_first(id, 100)));
	if (e)
		return refuse("the store did not take it");
	print_map(cli, S("{\"deleted\":true}"));
	return EXIT_DONE;
}
