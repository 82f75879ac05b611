/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/actions.h"
#include "base/clock.h"
#include "cli/file.h"
#include "cli/place.h"
#include "cli/print.h"
#include "store/document.h"
#include "store/event.h"

enum { SHOWN = 50, MOST = 100000, MS = 1000 };

/* What a sign-in looks like to an action (docs/actions.md). */
static struct str sample_event(struct arena *a, bool silent)
{
	struct str now = clock_iso(a, clock_now_ms());

	return arena_printf(a,
		"{\"user\":{\"user_id\":\"auth0|sample\",\"email\":\"ana@example.com\","
		"\"email_verified\":true,\"name\":\"Ana\",\"app_metadata\":{},"
		"\"user_metadata\":{},\"identities\":[],\"enrolledFactors\":[]},"
		"\"client\":{\"client_id\":\"sample\",\"name\":\"Sample\",\"metadata\":{}},"
		"\"authentication\":{\"methods\":[{\"name\":\"pwd\",\"timestamp\":\"" STR_FMT
		"\"}]},"
		"\"transaction\":{\"id\":\"sample\",\"silent\":%s,\"prompt\":[%s],"
		"\"acr_values\":[],\"protocol\":\"oidc-basic-profile\",\"requested_scopes\":["
		"\"openid\"],\"response_type\":[\"code\"],\"response_mode\":\"query\","
		"\"ui_locales\":[],\"redirect_uri\":\"https://app.example/callback\","
		"\"metadata\":{}},"
		"\"request\":{\"ip\":\"192.0.2.1\",\"method\":\"GET\",\"hostname\":"
		"\"login.example\",\"query\":{},\"body\":{}},"
		"\"connection\":{\"name\":\"Username-Password-Authentication\",\"strategy\":"
		"\"auth0\",\"metadata\":{}},"
		"\"session\":{\"id\":\"sample\",\"user_id\":\"auth0|sample\",\"metadata\":{}},"
		"\"stats\":{\"logins_count\":1},\"tenant\":{\"id\":\"default\"}}",
		STR_ARG(now), silent ? "true" : "false", silent ? "\"none\"" : "");
}

static int read_event(struct cli *cli, bool silent, struct str *ret)
{
	struct str path = option(&cli->options, OPTION_EVENT);
	const struct json *event;
	struct str why;

	*ret = sample_event(cli->arena, silent);
	if (path.n == 0)
		return EXIT_DONE;
	if (file_read(cli->arena, path, ret))
		return refuse("%s cannot be read", path.p);
	if (json_parse(cli->arena, *ret, &event, &why))
		return refuse("%s: " STR_FMT, path.p, STR_ARG(why));
	if (event->type != JSON_MAP)
		return refuse("%s: an event is a JSON object", path.p);
	return EXIT_DONE;
}

static int load_draft(struct cli *cli, const struct place *place, struct pipeline *ret)
{
	struct str name = cli->args[0];
	struct document row;
	enum err e =
		document_find(db_reader(place->db), cli->arena, DOCUMENT_ACTION, name, &row);

	if (e == ERR_NOT_FOUND)
		return refuse_missing("action", name);
	if (e || pipeline_of_draft(cli->arena, place->seal, row.body, ret))
		return refuse("the store cannot be read");
	return EXIT_DONE;
}

int cmd_action_test(struct cli *cli)
{
	bool silent = option_on(&cli->options, OPTION_SILENT);
	auto_place place = { 0 };
	struct pipeline pipeline;
	struct actions *actions;
	struct str event, answer;
	const struct json *map;
	int status = place_open(cli, PLACE_EXISTS, &place);
	enum err e;

	if (!status)
		status = load_draft(cli, &place, &pipeline);
	if (!status)
		status = read_event(cli, silent, &event);
	if (status)
		return status;
	actions = actions_new(&(struct actions_config){ 0 });
	e = actions_try(actions, cli->arena, &pipeline, event, silent, &answer);
	actions_free(actions);
	if (e || json_parse(cli->arena, answer, &map, NULL))
		return refuse("the action cannot be run");
	print_map(cli, answer);
	return json_get(map, "failed") ? EXIT_REFUSED : EXIT_DONE;
}

static void write_run(struct arena *a, const struct event *e, struct json_writer *w)
{
	json_begin_map(w);
	json_put_str(w, "date", clock_iso(a, e->at_ms));
	json_put_str(w, "type", e->type);
	json_put_opt(w, "description", e->description);
	json_put_opt(w, "client_id", e->client_id);
	json_put_opt(w, "user_id", e->user_id);
	json_put_opt(w, "request_id", e->request_id);
	if (e->details.n)
		json_put_raw(w, "details", e->details);
	json_put_int(w, "weight", e->weight);
	json_end_map(w);
}

static enum err list_runs(struct cli *cli, const struct place *place, const char *type,
	int64_t max, struct json_writer *w)
{
	struct event_filter filter = { .type = str_from(type),
		.request_id = option(&cli->options, OPTION_REQUEST),
		.descending = true,
		.max = (size_t)max };
	struct event *events;
	size_t count = 0;
	enum err e = event_list(db_reader(place->db), cli->arena, &filter, &events, &count);

	for (size_t i = 0; !e && i < count; i++)
		write_run(cli->arena, &events[i], w);
	return e;
}

int cmd_action_log(struct cli *cli)
{
	auto_place place = { 0 };
	struct buf b = buf_new(cli->arena, 16 * 1024);
	struct json_writer w = json_writer_on(&b);
	int64_t max = SHOWN;
	int status = place_open(cli, PLACE_EXISTS, &place);

	if (!status)
		status = read_number(cli, OPTION_MAX, "max", MOST, &max);
	if (status)
		return status;
	json_begin_list(&w);
	if (list_runs(cli, &place, "actions_execution_failed", max, &w) ||
		list_runs(cli, &place, "actions_log", max, &w))
		return refuse("the store cannot be read");
	json_end_list(&w);
	print_table(
		cli, buf_str(&b), "date type client_id user_id request_id description details");
	return EXIT_DONE;
}
