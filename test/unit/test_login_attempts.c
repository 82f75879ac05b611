/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "login_support.h"

static int status_of(struct browser *b, struct str id, const char *name, const char *password)
{
	return sign_in_as(b, id, name, password).status;
}

static void fail_times(struct browser *b, struct str id, const char *name, int n)
{
	for (int i = 0; i < n; i++)
		row_int(name, status_of(b, id, name, "wrong"), 400);
}

static void after_ten_failures_even_the_right_password_must_wait(void **state)
{
	struct browser b = { 0 };
	struct browser elsewhere = { .address = "192.0.2.2" };
	struct str id = begin(&b, "login", "{}");
	struct http_response rs;

	(void)state;
	fail_times(&b, id, "ana%40example.com", 10);
	w.now += 60;
	rs = sign_in_as(&b, id, "ana%40example.com", RIGHT);
	row_int("the eleventh", rs.status, 429);
	row_str("until the window ends", header_of(&rs, "Retry-After"), "840");
	row_true("in words", holds(rs.body, "14 min"));
	row_int("by any of the names", status_of(&b, id, "auth0%7Cana", RIGHT), 429);
	row_int("in any case", status_of(&b, id, "ANA%40EXAMPLE.com", RIGHT), 429);
	row_int("said in the log", (int64_t)events_of("limit_wc"), 3);
	row_int("another account may", status_of(&b, id, "bob%40example.com", RIGHT), 303);
	row_int("and she from another address",
		status_of(&elsewhere, begin(&elsewhere, "login", "{}"), "ana%40example.com",
			RIGHT),
		303);
	w.now += 841;
	row_int("and here when the time is over", status_of(&b, id, "ana%40example.com", RIGHT),
		303);
}

static void a_success_forgets_the_failures(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	fail_times(&b, id, "ana%40example.com", 9);
	row_int("right at last", status_of(&b, id, "ana%40example.com", RIGHT), 303);
	fail_times(&b, id, "ana%40example.com", 9);
	row_int("and again", status_of(&b, id, "ana%40example.com", RIGHT), 303);
}

static void accounts_that_do_not_exist_are_limited_alike(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	fail_times(&b, id, "nobody%40example.com", 10);
	row_int("the eleventh", status_of(&b, id, "Nobody%40example.com", "wrong"), 429);
}

static void an_address_is_limited_over_all_accounts(void **state)
{
	struct browser b = { 0 };
	struct browser elsewhere = { .address = "192.0.2.2" };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	w.tenant->settings.max_failures = 2;
	for (int i = 0; i < 20; i++)
		fail_times(&b, id, arena_cstr(w.a, arena_printf(w.a, "user%d", i)), 1);
	row_int("the next account", status_of(&b, id, "ana%40example.com", RIGHT), 429);
	row_int("not elsewhere",
		status_of(&elsewhere, begin(&elsewhere, "login", "{}"), "ana%40example.com",
			RIGHT),
		303);
}

static void an_ipv6_network_counts_as_one_address(void **state)
{
	static const struct {
		const char *address;
		int status;
	} rows[] = {
		{ "2001:db8::1", 429 },
		{ "2001:db8::ffff:1", 429 },
		{ "2001:0db8:0000:0000:1:2:3:4", 429 },
		{ "2001:db8:0:1::1", 303 },
		{ "::ffff:192.0.2.7", 303 },
		{ "192.0.2.7", 303 },
		{ "unix", 303 },
	};
	struct browser b = { .address = "2001:db8::1" };

	(void)state;
	fail_times(&b, begin(&b, "login", "{}"), "ana%40example.com", 10);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct browser other = { .address = rows[i].address };

		row_int(rows[i].address,
			status_of(&other, begin(&other, "login", "{}"), "ana%40example.com",
				RIGHT),
			rows[i].status);
	}
}

static void limits_can_be_switched_off(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	w.op.limits = false;
	w.tenant->settings.max_failures = 1;
	fail_times(&b, id, "ana%40example.com", 3);
	w.op.limits = true;
	w.tenant->settings.max_failures = INT64_MAX;
	fail_times(&b, id, "ana%40example.com", 3);
	row_int("still right", status_of(&b, id, "ana%40example.com", RIGHT), 303);
}

enum { GUESSERS = 24 };

struct guesser {
	struct str query;
	struct str body;
	struct browser b;
	int status;
	pthread_t thread;
};

/* As `send`, with an arena of its own: an arena belongs to one thread. */
static void *guess(void *arg)
{
	const struct issuer *issuer = &w.tenant->issuers[0];
	struct guesser *g = arg;
	struct arena *a = arena_new(1 << 14);
	struct http_header cookie = { S("Cookie"),
		arena_printf(
			a, "%.*s=%.*s", STR_ARG(issuer->flow_cookie), STR_ARG(g->b.flow)) };
	struct http_request rq = { .arena = a,
		.id = S("guess"),
		.method = HTTP_POST,
		.path = S("/u/login"),
		.query = g->query,
		.body = g->body,
		.host = S("localhost"),
		.remote = S("192.0.2.9"),
		.now = w.now,
		.now_ms = w.now * 1000,
		.may_block = true,
		.headers = &cookie,
		.header_count = 1 };
	struct http_response rs = { 0 };

	g->status = login_submit(&w.op, &rq, &rs) == OK ? rs.status : 0;
	arena_free(a);
	return NULL;
}

static size_t guess_at_once(struct guesser g[GUESSERS], const char *password, int status)
{
	size_t count = 0;

	for (size_t i = 0; i < GUESSERS; i++) {
		struct str id = begin(&g[i].b, "login", "{}");
		struct str token = hidden(get(&g[i].b, login_page, id).body, "flow");

		g[i].query = arena_printf(w.a, "state=%.*s", STR_ARG(id));
		g[i].body =
			arena_printf(w.a, "flow=%.*s&username=ana%%40example.com&password=%s",
				STR_ARG(token), password);
	}
	for (size_t i = 0; i < GUESSERS; i++)
		row_int("a thread", pthread_create(&g[i].thread, NULL, guess, &g[i]), 0);
	for (size_t i = 0; i < GUESSERS; i++)
		pthread_join(g[i].thread, NULL);
	for (size_t i = 0; i < GUESSERS; i++)
		count += g[i].status == status;
	return count;
}

static void guesses_at_once_do_not_slip_past_the_count(void **state)
{
	struct guesser g[GUESSERS] = { 0 };

	(void)state;
	row_int("ten are looked at", (int64_t)guess_at_once(g, "wrong", 400), 10);
	row_int("the others are not", (int64_t)events_of("limit_wc"), GUESSERS - 10);
}

static void right_ones_at_once_all_pass(void **state)
{
	struct guesser g[GUESSERS] = { 0 };

	(void)state;
	row_int("all", (int64_t)guess_at_once(g, "correct+horse", 303), GUESSERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
		T(after_ten_failures_even_the_right_password_must_wait),
		T(a_success_forgets_the_failures),
		T(accounts_that_do_not_exist_are_limited_alike),
		T(an_address_is_limited_over_all_accounts),
		T(an_ipv6_network_counts_as_one_address),
		T(limits_can_be_switched_off),
		T(guesses_at_once_do_not_slip_past_the_count),
		T(right_ones_at_once_all_pass),
	};

	return cmocka_run_group_tests(tests, world_make_first, world_remove_first);
}
