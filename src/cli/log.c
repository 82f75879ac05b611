/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/find_user.h"
#include "cli/print.h"
#include "store/event.h"

enum { SHOWN = 50, MOST = 1000000, SECONDS_MOST = 1 << 30, MS = 1000, POLL_US = 500 * 1000 };

static void write_event(struct arena *a, const struct event *e, struct json_writer *w)
{
	json_begin_map(w);
	json_put_int(w, "event_id", e->event_id);
	json_put_str(w, "date", clock_iso(a, e->at_ms));
	json_put_str(w, "type", e->type);
	json_put_opt(w, "description", e->description);
	json_put_opt(w, "reason", e->reason);
	json_put_opt(w, "client_id", e->client_id);
	json_put_opt(w, "user_id", e->user_id);
	json_put_opt(w, "sid", e->sid);
	json_put_opt(w, "ip", e->ip);
	json_put_opt(w, "user_agent", e->user_agent);
	json_put_opt(w, "request_id", e->request_id);
	if (e->details.n)
		json_put_raw(w, "details", e->details);
	json_put_int(w, "weight", e->weight);
	json_end_map(w);
}

/* Deleted since, so nobody is found by that name: but it is a user_id that events have. */
static bool is_gone(struct cli *cli, const struct place *place, struct str name)
{
	struct db_conn *conn = db_reader(place->db);
	struct event_filter filter = { .user_id = name, .max = 1 };
	struct event *events;
	struct user user;
	size_t count = 0;

	return user_find(conn, cli->arena, name, &user) == ERR_NOT_FOUND &&
	       user_find_by_login(conn, cli->arena, name, &user) == ERR_NOT_FOUND &&
	       event_list(conn, cli->arena, &filter, &events, &count) == OK && count > 0;
}

static int read_filter(struct cli *cli, const struct place *place, struct event_filter *ret)
{
	struct str name = option(&cli->options, OPTION_USER);
	struct user user = { .user_id = name };
	int64_t max = SHOWN;
	int64_t since = 0;
	int status = read_number(cli, OPTION_MAX, "max", MOST, &max);

	if (!status)
		status = read_number(cli, OPTION_SINCE, "since", SECONDS_MOST, &since);
	if (!status && name.n && !is_gone(cli, place, name))
		status = find_user(cli, place, name, &user);
	if (status)
		return status;
	*ret = (struct event_filter){
		.type = option(&cli->options, OPTION_TYPE),
		.client_id = option(&cli->options, OPTION_CLIENT),
		.request_id = option(&cli->options, OPTION_REQUEST),
		.since_ms = since ? (clock_now() - since) * MS : 0,
		.descending = true,
		.max = (size_t)max,
	};
	if (name.n)
		ret->user_id = user.user_id;
	return EXIT_DONE;
}

static struct str one_line(struct arena *a, const struct event *e)
{
	return arena_printf(a,
		STR_FMT "  %-8.*s " STR_FMT "  " STR_FMT "  " STR_FMT "  " STR_FMT,
		STR_ARG(clock_iso(a, e->at_ms)), STR_ARG(e->type), STR_ARG(e->client_id),
		STR_ARG(e->reason), STR_ARG(e->user_id), STR_ARG(e->request_id));
}

static void print_event(struct cli *cli, struct arena *a, const struct event *e)
{
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	if (!option_on(&cli->options, OPTION_JSON)) {
		print_text(one_line(a, e));
		return;
	}
	write_event(a, e, &w);
	print_text(buf_str(&b));
}

/* One event a line, until the pipe breaks or a signal ends it. */
static int follow(struct cli *cli, const struct place *place, struct event_filter filter)
{
	struct event *events;
	size_t count = 0;

	filter.max = 1;
	if (event_list(db_reader(place->db), cli->arena, &filter, &events, &count))
		return refuse("the store cannot be read");
	filter.after = count ? events[0].event_id : 0;
	filter.descending = false;
	filter.max = MOST;
	while (!ferror(stdout)) {
		struct arena *a = arena_new(64 * 1024);
		enum err e = event_list(db_reader(place->db), a, &filter, &events, &count);

		for (size_t i = 0; !e && i < count; i++) {
			print_event(cli, a, &events[i]);
			filter.after = events[i].event_id;
		}
		fflush(stdout);
		arena_free(a);
		if (e)
			return refuse("the store cannot be read");
		usleep(POLL_US);
	}
	return EXIT_DONE;
}

int cmd_log(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 16 * 1024);
	struct json_writer w = json_writer_on(&b);
	struct event_filter filter;
	struct event *events;
	size_t count = 0;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = read_filter(cli, &place, &filter);
	if (status)
		return status;
	if (option_on(&cli->options, OPTION_FOLLOW))
		return follow(cli, &place, filter);
	if (event_list(db_reader(place.db), cli->arena, &filter, &events, &count))
		return refuse("the store cannot be read");
	json_begin_list(&w);
	for (size_t i = 0; i < count; i++)
		write_event(cli->arena, &events[i], &w);
	json_end_list(&w);
	print_table(cli, buf_str(&b),
		"date type client_id reason user_id request_id weight description");
	return EXIT_DONE;
}
