/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/clock.h"
#include "cli/place.h"
#include "cli/print.h"
#include "oidc/reason.h"
#include "store/event.h"
#include "store/trace.h"

enum { EVENTS_MOST = 20 };

static void write_reason(struct json_writer *w, struct str word)
{
	enum reason reason = word.n ? reason_from(word) : REASONS;

	json_put_opt(w, "reason", word);
	if (reason == REASONS)
		return;
	json_put_opt(w, "happened", reason_happened(reason, S("en")));
	json_put_opt(w, "remedy", reason_remedy(reason, S("en")));
	json_put_opt(w, "setting", str_from(reason_row(reason)->setting));
}

static void write_trace(struct arena *a, const struct trace *t, struct json_writer *w)
{
	json_put_str(w, "request_id", t->request_id);
	json_put_str(w, "at", clock_iso(a, t->at_ms));
	json_put_opt(w, "route", t->route);
	json_put_opt(w, "client_id", t->client_id);
	json_put_opt(w, "outcome", t->outcome);
	write_reason(w, t->reason);
	if (t->facts.n)
		json_put_raw(w, "facts", t->facts);
}

static void write_events(
	struct arena *a, const struct event *events, size_t count, struct json_writer *w)
{
	if (count == 0)
		return;
	json_key(w, "events");
	json_begin_list(w);
	for (size_t i = 0; i < count; i++) {
		json_begin_map(w);
		json_put_str(w, "at", clock_iso(a, events[i].at_ms));
		json_put_str(w, "type", events[i].type);
		json_put_opt(w, "description", events[i].description);
		json_put_opt(w, "reason", events[i].reason);
		json_put_opt(w, "client_id", events[i].client_id);
		json_end_map(w);
	}
	json_end_list(w);
}

/* A request without a trace may have left an event. */
int cmd_explain(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 2048);
	struct json_writer w = json_writer_on(&b);
	struct event_filter filter = { .request_id = cli->args[0], .max = EVENTS_MOST };
	struct event *events = NULL;
	struct trace trace;
	size_t count = 0;
	enum err e;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (status)
		return status;
	e = trace_find(db_reader(place.db), cli->arena, cli->args[0], &trace);
	if (e && e != ERR_NOT_FOUND)
		return refuse("the store cannot be read");
	if (event_list(db_reader(place.db), cli->arena, &filter, &events, &count))
		return refuse("the store cannot be read");
	if (e && count == 0)
		return refuse("nothing is kept of the request " STR_FMT
			      ": of many alike a sample is, and all go in time",
			STR_ARG(str_first(cli->args[0], 64)));
	json_begin_map(&w);
	if (!e)
		write_trace(cli->arena, &trace, &w);
	else
		write_reason(&w, events[0].reason);
	write_events(cli->arena, events, count, &w);
	json_end_map(&w);
	print_map(cli, buf_str(&b));
	return EXIT_DONE;
}
