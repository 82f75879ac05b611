/* SPDX-License-Identifier: Apache-2.0 */
#include "store/remembered_browser.h"

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"
#include "tenant/admin_event.h"

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

struct forgetting {
	struct arena *arena;
	struct admin_event event;
};

static enum err forget(struct db_conn *conn, void *arg)
{
	const struct forgetting *f = arg;
	struct remembered_browser *list;
	int64_t now = clock_now();
	size_t count = 0;
	enum err e =
		remembered_browser_list(conn, f->arena, f->event.user_id, now, &list, &count);

	if (!e)
		e = remembered_browser_forget(conn, f->event.user_id);
	return e || count == 0 ? e : admin_event_write(conn, &f->event, now);
}

int cmd_user_forget_browsers(struct cli *cli)
{
	auto_place place = { 0 };
	struct forgetting f = { cli->arena,
		{ .command = cli->command,
			.description = "Forget the browsers of a user",
			.kind = "user" } };
	struct user user;
	int status = open_user(cli, &place, &user);

	if (status)
		return status;
	f.event.id = f.event.user_id = user.user_id;
	return print_done(cli, db_write(place.db, forget, &f), "forgotten");
}
