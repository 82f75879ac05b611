/* SPDX-License-Identifier: Apache-2.0 */
#include "store/grant.h"

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"
#include "tenant/admin_event.h"

int cmd_grant_list(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 4096);
	struct json_writer w = json_writer_on(&b);
	struct grant *grants;
	size_t count = 0;
	struct user user;
	int status = open_user_option(cli, "grants", &place, &user);

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
		put_time(cli->arena, &w, "updated_at", grants[i].updated_at);
		json_end_map(&w);
	}
	json_end_list(&w);
	print_table(cli, buf_str(&b), "grant_id client_id audience scope updated_at");
	return EXIT_DONE;
}

struct deletion {
	struct arena *arena;
	struct admin_event event;
};

static enum err delete_grant(struct db_conn *conn, void *arg)
{
	struct deletion *d = arg;
	struct grant grant;
	int64_t now = clock_now();
	enum err e = grant_find_by_id(conn, d->arena, d->event.id, &grant);

	if (!e)
		e = grant_delete(conn, d->event.id, now);
	if (e)
		return e;
	d->event.user_id = grant.user_id;
	d->event.client_id = grant.client_id;
	return admin_event_write(conn, &d->event, now);
}

int cmd_grant_delete(struct cli *cli)
{
	auto_place place = { 0 };
	struct deletion d = { cli->arena, { .command = cli->command,
						  .description = "Delete a grant",
						  .kind = "grant",
						  .id = cli->args[0] } };
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (status)
		return status;
	e = db_write(place.db, delete_grant, &d);
	if (e == ERR_NOT_FOUND)
		return refuse_missing("grant", d.event.id);
	return print_done(cli, e, "deleted");
}
