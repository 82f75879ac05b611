/* SPDX-License-Identifier: Apache-2.0 */
#include "store/remembered_browser.h"

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"

static void write_browser(
	struct arena *a, const struct remembered_browser *b, struct json_writer *w)
{
	json_begin_map(w);
	put_time(a, w, "created_at", b->created_at);
	put_time(a, w, "last_used_at", b->last_used_at);
	json_put_opt(w, "ip", b->ip);
	json_put_opt(w, "user_agent", b->user_agent);
	json_end_map(w);
}

int cmd_user_browsers(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 1024);
	struct json_writer w = json_writer_on(&b);
	struct remembered_browser *list;
	size_t count = 0;
	struct user user;
	int status = open_user(cli, &place, &user);

	if (status)
		return status;
	if (remembered_browser_list(
		    db_reader(place.db), cli->arena, user.user_id, clock_now(), &list, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++)
		write_browser(cli->arena, &list[i], &w);
	json_end_list(&w);
	print_table(cli, buf_str(&b), "created_at last_used_at ip user_agent");
	return EXIT_DONE;
}

static enum err forget(struct db_conn *conn, void *arg)
{
	return remembered_browser_forget(conn, *(struct str *)arg);
}

int cmd_user_forget_browsers(struct cli *cli)
{
	auto_place place = { 0 };
	struct user user;
	int status = open_user(cli, &place, &user);

	if (status)
		return status;
	return print_done(cli, db_write(place.db, forget, &user.user_id), "forgotten");
}
