/* SPDX-License-Identifier: Apache-2.0 */

/* event.h, trace.h. */

#include "conformance.h"
#include "store/event.h"
#include "store/trace.h"

static void an_event_comes_back_whole(void **state)
{
	const struct event e = { .at_ms = 1700000000123,
		.type = S("fsa"),
		.description = S("Login required"),
		.reason = S("no_session"),
		.request_id = S("r1"),
		.client_id = S("shop"),
		.user_id = S("u1"),
		.sid = S("s1"),
		.ip = S("::1"),
		.user_agent = S("Mozilla"),
		.details = S("{\"a\":1}"),
		.weight = 100 };
	const struct event_filter all = { .max = 10 };
	struct bench *b = *state;
	struct event *got;
	size_t n;

	row_err("insert", WRITE(b, event_insert(w, &e)), OK);
	row_err("list", event_list(db_reader(b->db), b->arena, &all, &got, &n), OK);
	row_int("one", (int64_t)n, 1);
	row_true("it has an id", got[0].event_id > 0);
	row_int("at_ms", got[0].at_ms, e.at_ms);
	row_bytes("type", got[0].type, e.type);
	row_bytes("description", got[0].description, e.description);
	row_bytes("reason", got[0].reason, e.reason);
	row_bytes("request_id", got[0].request_id, e.request_id);
	row_bytes("client_id", got[0].client_id, e.client_id);
	row_bytes("user_id", got[0].user_id, e.user_id);
	row_bytes("sid", got[0].sid, e.sid);
	row_bytes("ip", got[0].ip, e.ip);
	row_bytes("user_agent", got[0].user_agent, e.user_agent);
	row_bytes("details", got[0].details, e.details);
	row_int("weight", got[0].weight, 100);
}

static const struct {
	const char *type, *client, *user, *request;
	int64_t at_ms;
} log_[] = {
	{ "s", "shop", "ana", "r0", 10000 },
	{ "ssa", "shop", "ana", "r1", 20000 },
	{ "ssa", "blog", "ana", "r2", 30000 },
	{ "fsa", "shop", "", "r3", 40000 },
	{ "ssa", "shop", "eve", "r4", 39500 }, /* overtaken by the one before */
	{ "slo", "", "ana", "r5", 50000 },
};

/* The digits of the request ids, in the order of the answer. */
static const char *lists(struct bench *b, const struct event_filter *f)
{
	char *digits = arena_alloc(b->arena, 16);
	struct event *got;
	size_t n;

	row_err("list", event_list(db_reader(b->db), b->arena, f, &got, &n), OK);
	for (size_t i = 0; i < n; i++)
		digits[i] = got[i].request_id.p[1];
	return digits;
}

static void filters(void **state)
{
	static const struct {
		const char *row;
		struct event_filter f;
		const char *want;
	} rows[] = {
		{ "all", { .max = 10 }, "012345" },
		{ "newest first", { .max = 10, .descending = true }, "543210" },
		{ "at most two", { .max = 2 }, "01" },
		{ "the newest two", { .max = 2, .descending = true }, "54" },
		{ "none", { .max = 0 }, "" },
		{ "a type", { .max = 10, .type = STR_LIT("ssa") }, "124" },
		{ "a client", { .max = 10, .client_id = STR_LIT("shop") }, "0134" },
		{ "a client, newest first",
			{ .max = 10, .client_id = STR_LIT("shop"), .descending = true },
			"4310" },
		{ "a user", { .max = 10, .user_id = STR_LIT("ana") }, "0125" },
		{ "a request", { .max = 10, .request_id = STR_LIT("r3") }, "3" },
		{ "no such request", { .max = 10, .request_id = STR_LIT("r9") }, "" },
		{ "a type of a client of a user",
			{ .max = 10,
				.type = STR_LIT("ssa"),
				.client_id = STR_LIT("shop"),
				.user_id = STR_LIT("eve") },
			"4" },
		{ "since", { .max = 10, .since_ms = 30000 }, "2345" },
		{ "since, at the edge", { .max = 10, .since_ms = 39501 }, "35" },
		{ "since tomorrow", { .max = 10, .since_ms = 99999 }, "" },
		{ "since, of a user",
			{ .max = 10, .since_ms = 25000, .user_id = STR_LIT("ana") }, "25" },
	};
	struct bench *b = *state;

	for (size_t i = 0; i < ROWS(log_); i++) {
		struct event e = { .type = str_from(log_[i].type),
			.client_id = str_from(log_[i].client),
			.user_id = str_from(log_[i].user),
			.request_id = str_from(log_[i].request),
			.at_ms = log_[i].at_ms };

		row_err("insert", WRITE(b, event_insert(w, &e)), OK);
	}
	for (size_t i = 0; i < ROWS(rows); i++)
		row_str(rows[i].row, str_from(lists(b, &rows[i].f)), rows[i].want);
}

static void pages_of_the_log(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 23; i++)
		row_err("insert",
			WRITE(b, event_insert(
					 w, &(struct event){ .type = S("ssa"), .at_ms = i })),
			OK);
	for (int descending = 0; descending < 2; descending++) {
		struct event_filter f = { .max = 5, .descending = descending };
		size_t n, seen = 0;
		struct event *got;

		do {
			row_err("list", event_list(db_reader(b->db), b->arena, &f, &got, &n),
				OK);
			for (size_t i = 0; i < n; i++, seen++)
				row_int("in order", got[i].at_ms,
					(int64_t)(descending ? 22 - seen : seen));
			if (n > 0)
				f.after = got[n - 1].event_id;
		} while (n > 0);
		row_int("all, once", (int64_t)seen, 23);
	}
}

static void old_events_are_pruned(void **state)
{
	const struct event_filter all = { .max = 10 };
	struct bench *b = *state;
	struct event *got;
	int64_t deleted;
	size_t n;

	for (int i = 0; i < 6; i++)
		row_err("insert",
			WRITE(b,
				event_insert(w, &(struct event){ .type = S("s"), .at_ms = i })),
			OK);
	row_err("prune", WRITE(b, event_prune(w, 4, 3, &deleted)), OK);
	row_int("at most three", deleted, 3);
	row_err("prune", WRITE(b, event_prune(w, 4, 3, &deleted)), OK);
	row_int("the fourth", deleted, 1);
	row_err("list", event_list(db_reader(b->db), b->arena, &all, &got, &n), OK);
	row_int("two stay", (int64_t)n, 2);
	row_int("the younger ones", got[0].at_ms, 4);
}

static void add_trace(struct bench *b, const char *id, const char *client, const char *reason,
	int64_t at_ms, int64_t keep)
{
	struct trace t = { .request_id = str_from(id),
		.at_ms = at_ms,
		.route = S("authorize"),
		.client_id = str_from(client),
		.outcome = S("login_required"),
		.reason = str_from(reason),
		.facts = S("{\"rule\":7}") };

	row_err(id, WRITE(b, trace_insert(w, &t, keep)), OK);
}

static enum err find(struct bench *b, const char *id, struct trace *ret)
{
	return trace_find(db_reader(b->db), b->arena, str_from(id), ret);
}

static void a_trace_comes_back_whole(void **state)
{
	struct bench *b = *state;
	struct trace got;

	add_trace(b, "r1", "shop", "no_session", 123, 5);
	row_err("find", find(b, "r1", &got), OK);
	row_str("request_id", got.request_id, "r1");
	row_int("at_ms", got.at_ms, 123);
	row_str("route", got.route, "authorize");
	row_str("client_id", got.client_id, "shop");
	row_str("outcome", got.outcome, "login_required");
	row_str("reason", got.reason, "no_session");
	row_str("facts", got.facts, "{\"rule\":7}");
	row_err("unknown", find(b, "r2", &got), ERR_NOT_FOUND);

	add_trace(b, "r1", "blog", "max_age", 456, 5);
	row_err("find", find(b, "r1", &got), OK);
	row_str("the first stays", got.client_id, "shop");
}

static void a_few_traces_of_a_kind_are_kept(void **state)
{
	struct bench *b = *state;
	struct trace got;

	add_trace(b, "other reason", "shop", "max_age", 1, 3);
	add_trace(b, "other client", "blog", "no_session", 1, 3);
	add_trace(b, "no reason", "shop", "", 1, 3);
	for (int i = 0; i < 8; i++)
		add_trace(
			b, arena_printf(b->arena, "r%d", i).p, "shop", "no_session", 10 + i, 3);
	for (int i = 0; i < 8; i++)
		row_err("the newest three", find(b, arena_printf(b->arena, "r%d", i).p, &got),
			i >= 5 ? OK : ERR_NOT_FOUND);
	row_err("other reason", find(b, "other reason", &got), OK);
	row_err("other client", find(b, "other client", &got), OK);
	row_err("no reason", find(b, "no reason", &got), OK);
}

int log_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(an_event_comes_back_whole),
		STORE_TEST(filters),
		STORE_TEST(pages_of_the_log),
		STORE_TEST(old_events_are_pruned),
		STORE_TEST(a_trace_comes_back_whole),
		STORE_TEST(a_few_traces_of_a_kind_are_kept),
	};

	return run_store_tests(tests);
}
