/* SPDX-License-Identifier: Apache-2.0 */
#include "login_support.h"

/* Which pages there are, and a form that each would take. */
static const struct {
	const char *page;
	handler_fn *get;
	handler_fn *post;
	const char *data;
	const char *fields;
} pages[] = {
	{ "login", login_page, login_submit, "{}",
		"username=bob%40example.com&password=correct+horse" },
	{ "account", account_page, account_submit, "{}", "account=auth0%7Cana" },
	{ "consent", consent_page, consent_submit,
		"{\"user_id\":\"auth0|ana\",\"scopes\":[{\"value\":\"email\"}]}",
		"action=accept" },
	{ "logout", logout_page, logout_submit, "{}", "action=logout" },
};

static struct str of(struct str id)
{
	return arena_printf(w.a, "state=%.*s", STR_ARG(id));
}

static struct str form(struct str token, size_t page)
{
	return arena_printf(w.a, "flow=%.*s&%s", STR_ARG(token), pages[page].fields);
}

/* Nothing was answered, nobody else is signed in, nothing was granted. */
static void nothing_happened(const char *when, const struct browser *b, struct str id)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct interaction row = row_of(id);
	struct grant grant;

	row_int(when, row.answered, 0);
	row_true(when, row.sid.n == 0 && !row.denied && row.login_at == 0);
	row_int(when, (int64_t)sessions_of(b, list), 1);
	row_int(when, list[0].ended_at, 0);
	row_int(when,
		grant_find(db_reader(w.db), w.a, S("auth0|ana"), S("shop"), S(""), &grant),
		ERR_NOT_FOUND);
}

static enum err delete_grant(struct db_conn *conn, void *grant_id)
{
	return grant_delete(conn, *(struct str *)grant_id, w.now);
}

/* Ana, who has granted nothing yet. */
static struct browser fresh(void)
{
	struct grant grant;

	if (grant_find(db_reader(w.db), w.a, S("auth0|ana"), S("shop"), S(""), &grant) == OK)
		row_int("forgotten", db_write(w.db, delete_grant, &grant.grant_id), OK);
	return signed_in("ana");
}

static void a_form_is_good_once_its_token_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(pages); i++) {
		struct browser b = fresh();
		struct str id = begin(&b, pages[i].page, pages[i].data);
		struct http_response rs =
			answer(&b, pages[i].get, pages[i].post, id, pages[i].fields);

		row_int(pages[i].page, rs.status, 303);
	}
}

static void a_token_of_elsewhere_does_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(pages); i++) {
		struct browser b = fresh();
		struct browser other = { 0 };
		struct str id = begin(&b, pages[i].page, pages[i].data);
		struct str later = begin(&b, pages[i].page, pages[i].data);
		struct str strange = begin(&other, "login", "{}");
		struct str step = begin(&b, i == 0 ? "logout" : "login", "{}");
		struct http_response own = get(&b, pages[i].get, id);
		const struct {
			const char *when;
			struct str token;
		} rows[] = {
			{ "no token", S("") },
			{ "not base64url", S("!!!") },
			{ "of another interaction",
				hidden(get(&b, pages[i].get, later).body, "flow") },
			{ "of another browser",
				hidden(get(&other, login_page, strange).body, "flow") },
			{ "of another step",
				hidden(get(&b, i == 0 ? logout_page : login_page, step).body,
					"flow") },
			{ "cut", str_first(hidden(own.body, "flow"), 42) },
		};

		for (size_t r = 0; r < ROWS(rows); r++) {
			struct http_response rs = send(
				&b, pages[i].post, HTTP_POST, of(id), form(rows[r].token, i));

			row_int(rows[r].when, rs.status, 400);
			row_true("says how to go on",
				holds(rs.body,
					arena_cstr(w.a,
						arena_printf(w.a, "href=\"/u/%s?state=%.*s\"",
							pages[i].page, STR_ARG(id)))));
			nothing_happened(rows[r].when, &b, id);
		}
		row_int("the good one still works",
			send(&b, pages[i].post, HTTP_POST, of(id),
				form(hidden(own.body, "flow"), i))
				.status,
			303);
	}
}

static void another_browser_gets_no_page(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(pages); i++) {
		struct browser b = fresh();
		struct str id = begin(&b, pages[i].page, pages[i].data);
		struct str token = hidden(get(&b, pages[i].get, id).body, "flow");
		struct browser thief = { .flow = S("AAAAAAAAAAAAAAAAAAAAAA"),
			.session = b.session };
		struct browser bare = { .session = b.session };

		row_int("another's cookie", get(&thief, pages[i].get, id).status, 400);
		row_int("no cookie", get(&bare, pages[i].get, id).status, 400);
		row_true("says that cookies matter",
			holds(get(&bare, pages[i].get, id).body, "cookies"));
		row_int("nor does its form count",
			send(&thief, pages[i].post, HTTP_POST, of(id), form(token, i)).status,
			400);
		nothing_happened(pages[i].page, &b, id);
	}
}

static void another_site_cannot_send_our_forms(void **state)
{
	static const struct {
		const char *when;
		const char *origin;
		const char *site;
		bool taken;
	} rows[] = {
		{ "an old browser", NULL, NULL, true },
		{ "our own page", "http://localhost:9000", "same-origin", true },
		{ "our own page, without Fetch Metadata", "http://localhost:9000", NULL, true },
		{ "reloaded by the person", "http://localhost:9000", "none", true },
		{ "a hidden origin, ours by metadata", "null", "same-origin", true },
		{ "a hidden origin and no metadata", "null", NULL, false },
		{ "another site", "https://evil.example", "cross-site", false },
		{ "another site, without Fetch Metadata", "https://evil.example", NULL, false },
		{ "a neighbour on the same site", "http://evil.localhost:9000", "same-site",
			false },
		{ "another port", "http://localhost:9001", NULL, false },
		{ "cross-site in spite of its origin", "http://localhost:9000", "cross-site",
			false },
	};

	(void)state;
	for (size_t r = 0; r < ROWS(rows); r++) {
		for (size_t i = 0; i < ROWS(pages); i++) {
			struct browser b = fresh();
			struct str id = begin(&b, pages[i].page, pages[i].data);
			struct str token = hidden(get(&b, pages[i].get, id).body, "flow");
			struct http_response rs;

			b.origin = rows[r].origin;
			b.fetch_site = rows[r].site;
			rs = send(&b, pages[i].post, HTTP_POST, of(id), form(token, i));
			row_int(rows[r].when, rs.status, rows[r].taken ? 303 : 400);
			if (!rows[r].taken)
				nothing_happened(rows[r].when, &b, id);
		}
	}
}

static void what_is_over_says_so(void **state)
{
	struct browser b = fresh();

	(void)state;
	for (size_t i = 0; i < ROWS(pages); i++) {
		struct str id = begin(&b, pages[i].page, pages[i].data);
		struct str token = hidden(get(&b, pages[i].get, id).body, "flow");
		struct http_response rs;

		w.now += 3601;
		rs = get(&b, pages[i].get, id);
		row_true("expired", rs.status == 400 && holds(rs.body, "out of date"));
		rs = send(&b, pages[i].post, HTTP_POST, of(id), form(token, i));
		row_true("its form too", rs.status == 400 && holds(rs.body, "out of date"));
		row_true("with the reason",
			holds(rs.body, ISSUER "why/interaction_expired?id="));
		w.now -= 3601;
	}
	row_int("never made", get(&b, login_page, S("nothing")).status, 400);
	row_int("not named", send(&b, login_page, HTTP_GET, S(""), S("")).status, 400);
	row_int("endless",
		get(&b, login_page, (struct str){ arena_alloc(w.a, 5000), 129 }).status, 400);
}

static void a_page_that_is_not_due_leads_to_the_one_that_is(void **state)
{
	struct browser b = fresh();
	struct str id = begin(&b, "consent", pages[2].data);
	struct http_response rs = get(&b, login_page, id);

	(void)state;
	row_int("a redirect", rs.status, 302);
	row_bytes("to it", header_of(&rs, "Location"),
		arena_printf(w.a, "/u/consent?state=%.*s", STR_ARG(id)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
		T(a_form_is_good_once_its_token_fits),
		T(a_token_of_elsewhere_does_nothing),
		T(another_browser_gets_no_page),
		T(another_site_cannot_send_our_forms),
		T(what_is_over_says_so),
		T(a_page_that_is_not_due_leads_to_the_one_that_is),
	};

	return cmocka_run_group_tests(tests, world_make_first, world_remove_first);
}
