/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/actions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/effect.h"
#include "actions/host.h"
#include "actions/house.h"
#include "base/base64.h"
#include "base/clock.h"
#include "http/request.h"
#include "json/json_value.h"
#include "json/json_writer.h"

enum { MEMORY_MB = 64, SLOW_MOST = 3, PATH_MOST = 4096 };

struct actions {
	struct houses *houses;
	struct observer *observer;
	char node[PATH_MOST];
};

static bool find_node(char ret[static PATH_MOST])
{
	static const char *const names[] = { "node", "nodejs" };
	struct str path = str_from(getenv("PATH"));
	struct str folder;

	while (str_split(&path, ':', &folder)) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			(void)snprintf(
				ret, PATH_MOST, STR_FMT "/%s", STR_ARG(folder), names[i]);
			if (folder.n > 0 && access(ret, X_OK) == 0)
				return true;
		}
	}
	return false;
}

struct actions *actions_new(const struct actions_config *config)
{
	struct actions *a = calloc(1, sizeof(*a));
	struct host_config host;

	if (a == NULL)
		abort();
	host = (struct host_config){
		.node = config->node,
		.memory_mb = config->memory_mb > 0 ? config->memory_mb : MEMORY_MB,
		.slow_most = config->slow_most > 0 ? config->slow_most : SLOW_MOST,
	};
	if (host.node == NULL && find_node(a->node))
		host.node = a->node;
	a->houses = houses_new(&host);
	a->observer = config->observer;
	return a;
}

void actions_free(struct actions *a)
{
	if (a == NULL)
		return;
	houses_free(a->houses);
	free(a);
}

void actions_retire(struct actions *a)
{
	houses_retire(a->houses);
}

void actions_flush(struct actions *a)
{
	houses_flush(a->houses);
}

void actions_watch(struct actions *a, const int *epolls, size_t count)
{
	houses_watch(a->houses, epolls, count);
}

void actions_look(struct actions *a)
{
	houses_look(a->houses);
}

void actions_follow(struct actions *a, const struct tenant *t)
{
	houses_follow(a->houses, t);
}

/* Behind the string that begins there. */
static size_t string_end(struct str text, size_t at)
{
	for (at++; at < text.n; at++) {
		const char *quote = memchr(text.p + at, '"', text.n - at);
		size_t escapes = 0;

		if (quote == NULL)
			return text.n;
		at = (size_t)(quote - text.p);
		while (quote[-1 - (ptrdiff_t)escapes] == '\\')
			escapes++;
		if (escapes % 2 == 0)
			return at + 1;
	}
	return at;
}

/* Behind the value that begins there; the text is of our own writer. */
static size_t value_end(struct str text, size_t at)
{
	int depth = 0;

	while (at < text.n) {
		char c = text.p[at];

		if (c == '"') {
			at = string_end(text, at);
			continue;
		}
		if ((c == '}' || c == ']' || c == ',') && depth == 0)
			break;
		depth += (c == '{' || c == '[') - (c == '}' || c == ']');
		at++;
	}
	return at;
}

static void add_number(struct buf *b, size_t value)
{
	struct json_writer w = json_writer_on(b);

	json_int(&w, (int64_t)value);
}

/* Where the members of the event are: ",user=8:512,client=530:60" (actions-host/event.mjs). */
static struct str index_of(struct arena *a, struct str event)
{
	struct buf b = buf_new(a, 256);
	size_t at = 1;

	while (at < event.n && event.p[at] == '"') {
		struct str rest = str_after(event, at + 1);
		struct str name = str_first(rest, (size_t)str_index(rest, '"'));
		size_t from = at + name.n + 3;

		at = value_end(event, from);
		buf_addc(&b, ',');
		buf_add(&b, name);
		buf_addc(&b, '=');
		add_number(&b, from);
		buf_addc(&b, ':');
		add_number(&b, at - from);
		at++;
	}
	return buf_str(&b);
}

static struct str message_of(struct arena *a, struct str event, struct str carry, bool silent)
{
	struct buf b = buf_new(a, carry.n + 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_bool(&w, "silent", silent);
	json_put_str(&w, "parts", index_of(a, event));
	if (carry.n > 0)
		json_put_raw(&w, "carry", carry);
	json_end_map(&w);
	return buf_str(&b);
}

static struct str trial_of(struct arena *a, struct str event, bool silent)
{
	return arena_printf(a, "{\"silent\":%s,\"event\":" STR_FMT "}",
		silent ? "true" : "false", STR_ARG(event));
}

/* The answer of a host that gave none. */
static struct str no_answer(struct arena *a, enum host_end end)
{
	static const char *const words[][2] = {
		[HOST_CRASHED] = { "crash", "it ended the process, or used up its memory" },
		[HOST_LATE] = { "timeout", "it did not come to an end in time" },
		[HOST_DOES_NOT_START] = { "start", "the host process does not start" },
	};

	return arena_printf(a,
		"{\"failed\":{\"action\":\"\",\"kind\":\"%s\",\"message\":\"%s\"},\"logs\":[]}",
		words[end][0], words[end][1]);
}

static enum err call(struct actions *actions, struct arena *a, struct house *house,
	struct str message, struct str event, struct str *ret)
{
	enum host_end end;
	enum err err = host_call(house_host(house), a, message, event, &end, ret);

	house_leave(actions->houses, house);
	if (err == OK && end != HOST_ANSWERED)
		*ret = no_answer(a, end);
	return err;
}

enum err actions_try(struct actions *actions, struct arena *a, const struct pipeline *p,
	struct str event, bool silent, struct str *ret)
{
	const struct json *map;
	enum err err = json_parse(a, event, &map, NULL);

	/* Written anew, on one line. */
	if (err == OK)
		err = call(actions, a, house_enter(actions->houses, S("test"), 0, p),
			trial_of(a, json_text(a, map), silent), S(""), ret);
	return err;
}

static struct str name_of(struct arena *a, const struct pipeline *p)
{
	return base64url_encode(a, (const char *)p->digest, sizeof(p->digest));
}

/*
 * {"index": the action that goes on, "wish": what was wished so far, "challenge": to be met,
 * "pipeline": for which the index is good}
 */
static struct str carry_of(struct arena *a, const struct pipeline *p, const struct json *answer)
{
	static const char *const members[] = { "index", "wish", "challenge" };
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		const struct json *value = json_get(answer, members[i]);

		if (value == NULL)
			continue;
		json_key(&w, members[i]);
		json_value(&w, value);
	}
	json_put_str(&w, "pipeline", name_of(a, p));
	json_end_map(&w);
	return buf_str(&b);
}

/* Where other actions are bound by now they begin anew: no index would be of the same one. */
static struct str carry_for(const struct action_call *c)
{
	const struct json *carry = NULL;

	if (c->carry.n == 0 || json_parse(c->arena, c->carry, &carry, NULL) != OK ||
		!str_eq(json_get_str(carry, "pipeline"), name_of(c->arena, c->pipeline)))
		return S("");
	return c->carry;
}

static bool is_interrupted(const struct action_result *r)
{
	return r->url.n > 0 || r->challenge.n > 0;
}

static struct action_result read_result(
	struct arena *a, const struct pipeline *p, const struct json *answer)
{
	const struct json *failed = json_get(answer, "failed");
	const struct json *wish = json_get(answer, "wish");
	struct action_result r = {
		.failed = failed != NULL,
		.by = json_get_str(
			failed != NULL ? failed : answer, failed != NULL ? "action" : "by"),
		.deny_code = json_get_str(answer, "deny_code"),
		.deny = json_get_str(answer, "deny"),
		.ends_token = json_get_bool(json_get(wish, "refresh_token"), "revoke", false),
		.url = json_get_str(json_get(answer, "redirect"), "url"),
		.challenge = json_text(a, json_get(answer, "challenge")),
		.wish = wish != NULL ? json_text(a, wish) : S("{}"),
	};

	if (is_interrupted(&r))
		r.carry = carry_of(a, p, answer);
	return r;
}

/* Only runs that have something to say are kept: they said it, or they failed. */
static void record(struct actions *actions, const struct action_call *c,
	const struct json *answer, int64_t took_us)
{
	const struct json *logs = json_get(answer, "logs");
	const struct json *failed = json_get(answer, "failed");
	struct event event = {
		.at_ms = c->now_ms,
		.type = failed != NULL ? S("actions_execution_failed") : S("actions_log"),
		.description = json_get_str(failed, "message"),
		.reason = failed != NULL ? S("action_failed") : S(""),
		.request_id = c->request_id,
		.client_id = c->client_id,
		.user_id = c->user_id,
		.sid = c->sid,
		.ip = c->ip,
	};
	struct buf b = buf_new(c->arena, 512);
	struct json_writer w = json_writer_on(&b);

	if (actions->observer == NULL || (failed == NULL && (logs == NULL || logs->count == 0)))
		return;
	json_begin_map(&w);
	json_put_bool(&w, "silent", c->silent);
	json_put_int(&w, "took_us", took_us);
	if (failed != NULL) {
		json_key(&w, "failed");
		json_value(&w, failed);
	}
	json_key(&w, "logs");
	json_begin_list(&w);
	json_each(line, logs) json_value(&w, line);
	json_end_list(&w);
	json_end_map(&w);
	event.details = buf_str(&b);
	observer_event(actions->observer, c->tenant, &event);
}

/* It goes into a header: what would end that is nothing that the host's own api gives. */
static bool is_fit(struct str url)
{
	for (size_t i = 0; i < url.n; i++)
		if (url.p[i] <= ' ' || url.p[i] > '~')
			return false;
	return str_starts(url, S("https://")) || str_starts(url, S("http://"));
}

static void fail(struct arena *a, const struct pipeline *p, const char *why,
	const struct json **answer, struct action_result *r)
{
	struct str text = arena_printf(a,
		"{\"failed\":{\"action\":\"\",\"kind\":\"result\",\"message\":\"%s\"},"
		"\"logs\":[]}",
		why);

	if (json_parse(a, text, answer, NULL) != OK)
		*answer = NULL;
	*r = read_result(a, p, *answer);
	r->failed = true;
}

/* A call on its way, in the arena of its request. */
struct action_pending {
	struct errand errand; /* first: the host gives it back */
	struct actions *actions;
	struct house *house;
	struct http_wait *wait;
	struct str message;
	int64_t began;
	bool is_begun; /* and, when the caller is back, ended */
};

static struct house *enter(struct actions *a, const struct action_call *c)
{
	return house_enter(a->houses, c->tenant->name, c->tenant->version, c->pipeline);
}

/* The host's thread. */
static void came_back(struct errand *errand)
{
	struct action_pending *p = (struct action_pending *)errand;

	house_slip_out(p->actions->houses, p->house);
	p->wait->done(p->wait);
}

static enum err begin(struct actions *actions, const struct action_call *c)
{
	struct action_pending *p = c->pending;
	enum err err;

	p->house = enter(actions, c);
	p->wait = c->wait;
	p->is_begun = true;
	err = host_begin(house_host(p->house), c->arena, p->message, c->event, &p->errand);
	if (err == OK) {
		house_begun(actions->houses);
		return ERR_WAIT;
	}
	p->is_begun = false;
	house_slip_out(actions->houses, p->house);
	return err;
}

/* What a process that ended had in flight, or what could not be begun. */
static enum err run_blocking(struct actions *actions, const struct action_call *c)
{
	struct action_pending *p = c->pending;
	struct house *house = enter(actions, c);
	enum err err = (p->is_begun ? host_call_alone : host_call)(house_host(house), c->arena,
		p->message, c->event, &p->errand.end, &p->errand.answer);

	house_leave(actions->houses, house);
	p->is_begun = p->is_begun || err == OK;
	return err;
}

static enum err answer_of(struct actions *actions, struct action_call *c, struct str *ret)
{
	struct action_pending *p = c->pending;
	enum err err = OK;

	if (!p->is_begun && c->wait != NULL)
		return begin(actions, c);
	if (!p->is_begun || p->errand.end == HOST_AGAIN)
		err = c->wait != NULL ? ERR_WOULD_BLOCK : run_blocking(actions, c);
	if (err != OK)
		return err;
	if (p->errand.end == HOST_RETIRED)
		return ERR_BUSY;
	*ret = p->errand.end == HOST_ANSWERED ? p->errand.answer
					      : no_answer(c->arena, p->errand.end);
	return OK;
}

static struct action_pending *pending_of(struct actions *actions, const struct action_call *c)
{
	struct action_pending *p = arena_alloc(c->arena, sizeof(*p));

	*p = (struct action_pending){
		.errand.done = came_back,
		.actions = actions,
		.message = message_of(c->arena, c->event, carry_for(c), c->silent),
		.began = clock_mono_us(),
	};
	return p;
}

enum err actions_run(struct actions *actions, struct action_call *c, struct action_result *ret)
{
	const struct json *answer;
	struct action_result r;
	struct str text;
	enum err err;

	if (c->pending == NULL)
		c->pending = pending_of(actions, c);
	err = answer_of(actions, c, &text);
	if (err != OK)
		return err;
	if (json_parse(c->arena, text, &answer, NULL) != OK)
		answer = NULL;
	r = read_result(c->arena, c->pipeline, answer);
	r.failed = r.failed || answer == NULL;
	if (!r.failed && r.url.n > 0 && !is_fit(r.url))
		fail(c->arena, c->pipeline, "it sends the user to what is no URL", &answer, &r);
	if (!r.failed && !is_interrupted(&r) && effect_is_wanted(json_get(answer, "wish"))) {
		if (c->wait != NULL)
			return ERR_WOULD_BLOCK;
		err = effect_write(c, json_get(answer, "wish"));
	}
	if (err == ERR_INVALID) {
		fail(c->arena, c->pipeline, "it asked for more metadata than is kept", &answer,
			&r);
		err = OK;
	}
	record(actions, c, answer, clock_mono_us() - c->pending->began);
	if (err == OK)
		*ret = r;
	return err;
}
