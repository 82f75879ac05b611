/* SPDX-License-Identifier: Apache-2.0 */

/* Account choice, consent and log-out. */

#include "login_support.h"

#define CONSENT                                                                             \
	"{\"client_name\":\"Shop\",\"user_id\":\"auth0|ana\",\"audience\":\"https://api\"," \
	"\"audience_name\":\"The <API>\",\"scopes\":[{\"value\":\"email\"},"                \
	"{\"value\":\"read:orders\",\"description\":\"Read your orders\"}]}"

static struct http_response choose(struct browser *b, struct str id, const char *account)
{
	return answer(b, account_page, account_submit, id,
		arena_cstr(w.a, arena_printf(w.a, "account=%s", account)));
}

static void the_page_lists_who_is_signed_in(void **state)
{
	struct browser b = signed_in("ana bob");
	struct str html = get(&b, account_page, begin(&b, "account", "{}")).body;

	(void)state;
	row_true("ana's button",
		holds(html, "<button type=\"submit\" name=\"account\" value=\"auth0|ana\">"));
	row_true("her address", holds(html, "ana@example.com"));
	row_true("her name, escaped", holds(html, "Ana &lt;A&gt;"));
	row_true("bob's button", holds(html, "value=\"auth0|bob\""));
	row_true("others", holds(html, "name=\"account\" value=\"other\""));
	row_true("nobody is signed out", !holds(html, "Signed out"));
	row_true("nobody else", !holds(html, "auth0|eve"));
}

static void a_live_account_is_chosen_at_once(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = signed_in("ana bob");
	struct str id = begin(&b, "account", "{}");
	struct http_response rs = choose(&b, id, "auth0%7Cana");
	struct interaction row = row_of(id);
	size_t n = sessions_of(&b, list);

	(void)state;
	row_true("back to the decision", goes_to(&rs, "authorize/resume", id));
	row_true("answered", row.answered == PROMPT_SELECT_ACCOUNT);
	for (size_t i = 0; i < n; i++)
		row_true("hers",
			str_eq(list[i].sid, row.sid) == str_is(list[i].user_id, "auth0|ana"));
	row_true("no password was asked", row.login_at == 0);
}

static void one_that_is_signed_out_is_marked_and_asked_for_the_password(void **state)
{
	struct browser b = signed_in("ana");
	struct str id = begin(&b, "account", "{}");
	struct http_response rs;

	(void)state;
	w.tenant->settings.idle_session_lifetime = 600;
	w.now += 601;
	row_true("marked", holds(get(&b, account_page, id).body, "Signed out"));
	rs = choose(&b, id, "auth0%7Cana");
	row_true("to the sign-in page", goes_to(&rs, "u/login", id));
	row_true("no session is chosen", row_of(id).sid.n == 0);
	row_str("with the name", hidden(get(&b, login_page, id).body, "username"),
		"ana@example.com");
	row_int("and then on", sign_in_as(&b, id, "ana@example.com", RIGHT).status, 303);
	row_true("both are answered",
		row_of(id).answered == (PROMPT_LOGIN | PROMPT_SELECT_ACCOUNT));
}

static void another_account_signs_in(void **state)
{
	static const char *const others[] = { "other", "auth0%7Cbob", "nobody", "" };

	(void)state;
	for (size_t i = 0; i < ROWS(others); i++) {
		struct browser b = signed_in("ana");
		struct str id = begin(&b, "account", "{\"login_hint\":\"\"}");
		struct http_response rs = choose(&b, id, others[i]);

		row_true(others[i], goes_to(&rs, "u/login", id));
		row_true("nothing is chosen", row_of(id).sid.n == 0);
		row_str("no name", hidden(get(&b, login_page, id).body, "username"), "");
	}
}

static enum err find_grant(struct grant *ret)
{
	return grant_find(
		db_reader(w.db), w.a, S("auth0|ana"), S("shop"), S("https://api"), ret);
}

static struct http_response consent(struct browser *b, struct str id, const char *action)
{
	return answer(b, consent_page, consent_submit, id,
		arena_cstr(w.a, arena_printf(w.a, "action=%s", action)));
}

static void consent_says_what_is_asked(void **state)
{
	struct browser b = signed_in("ana");
	struct str html = get(&b, consent_page, begin(&b, "consent", CONSENT)).body;

	(void)state;
	row_true("by whom", holds(html, "Allow Shop access?"));
	row_true("of whom", holds(html, "ana@example.com"));
	row_true("of what", holds(html, "The &lt;API&gt;"));
	row_true("in words", holds(html, "See your e-mail address"));
	row_true(
		"in the API's words", holds(html, "Read your orders <code>read:orders</code>"));
	row_true("accept", holds(html, "name=\"action\" value=\"accept\""));
	row_true("deny", holds(html, "name=\"action\" value=\"deny\""));
}

static void accepting_grants_what_was_shown(void **state)
{
	struct browser b = signed_in("ana");
	struct str id = begin(&b, "consent", CONSENT);
	struct http_response rs = consent(&b, id, "accept");
	struct grant grant;

	(void)state;
	row_true("back to the decision", goes_to(&rs, "authorize/resume", id));
	row_int("granted", find_grant(&grant), OK);
	row_str("that", grant.scope, "email read:orders");
	row_int("answered", row_of(id).answered, PROMPT_CONSENT);
	row_true("not denied", !row_of(id).denied);
}

static void denying_grants_nothing(void **state)
{
	struct browser b = signed_in("ana");
	struct str id = begin(&b, "consent", CONSENT);
	struct http_response rs = consent(&b, id, "deny");
	struct grant grant;

	(void)state;
	row_true("back to the decision", goes_to(&rs, "authorize/resume", id));
	row_int("nothing", find_grant(&grant), ERR_NOT_FOUND);
	row_true("denied", row_of(id).denied);
}

static enum err update(struct db_conn *conn, void *row)
{
	return interaction_update(conn, row);
}

static void an_answer_to_something_else_does_not_count(void **state)
{
	struct browser b = signed_in("ana");
	struct str id = begin(&b, "consent", CONSENT);
	struct str token = hidden(get(&b, consent_page, id).body, "flow");
	struct interaction row = row_of(id);
	struct grant grant;

	(void)state;
	row.data = S("{\"user_id\":\"auth0|ana\",\"audience\":\"https://api\","
		     "\"scopes\":[{\"value\":\"delete:orders\"}]}");
	row_int("meanwhile", db_write(w.db, update, &row), OK);
	row_int("refused",
		send(&b, consent_submit, HTTP_POST,
			arena_printf(w.a, "state=%.*s", STR_ARG(id)),
			arena_printf(w.a, "flow=%.*s&action=accept", STR_ARG(token)))
			.status,
		400);
	row_int("nothing", find_grant(&grant), ERR_NOT_FOUND);
}

static enum err end_all(struct db_conn *conn, void *user_id)
{
	return session_end_by_user(conn, *(struct str *)user_id, S(""), S("admin"), w.now);
}

static void only_the_one_who_is_asked_may_accept(void **state)
{
	struct browser b = signed_in("ana");
	struct browser stranger = signed_in("bob");
	struct str id = begin(&b, "consent", CONSENT);
	struct str token = hidden(get(&b, consent_page, id).body, "flow");
	struct str query = arena_printf(w.a, "state=%.*s", STR_ARG(id));
	struct str body = arena_printf(w.a, "flow=%.*s&action=accept", STR_ARG(token));
	struct str ana = S("auth0|ana");
	struct http_response rs;
	struct grant grant;

	(void)state;
	stranger.flow = b.flow;
	rs = send(&stranger, consent_submit, HTTP_POST, query, body);
	row_true("another's session", goes_to(&rs, "authorize/resume", id));
	row_int("grants nothing", find_grant(&grant), ERR_NOT_FOUND);
	row_int("signed out meanwhile", db_write(w.db, end_all, &ana), OK);
	rs = send(&b, consent_submit, HTTP_POST, query, body);
	row_true("asks again", goes_to(&rs, "authorize/resume", id));
	row_int("grants nothing", find_grant(&grant), ERR_NOT_FOUND);
	rs = get(&b, consent_page, id);
	row_true("and shows nothing", goes_to(&rs, "authorize/resume", id));
}

static size_t live_sessions(const char *user_id)
{
	struct session *list;
	size_t count = 0;

	row_int("listed",
		session_list_by_user(db_reader(w.db), w.a, str_from(user_id), &list, &count),
		OK);
	return count;
}

static void log_out_asks_and_then_ends_all(void **state)
{
	struct browser b = signed_in("ana bob");
	struct http_response rs = send(&b, logout_page, HTTP_GET, S(""), S(""));

	(void)state;
	row_true("asks", holds(rs.body, "name=\"action\" value=\"logout\""));
	row_true("names them", holds(rs.body, "ana@example.com"));
	row_true("both", holds(rs.body, "bob@example.com"));
	row_int("nothing yet", (int64_t)live_sessions("auth0|ana"), 1);
	rs = send(&b, logout_submit, HTTP_POST, S(""), S("action=logout"));
	row_int("not without the token", rs.status, 400);
	row_int("nothing yet", (int64_t)live_sessions("auth0|ana"), 1);
	rs = send(&b, logout_page, HTTP_GET, S(""), S(""));
	rs = send(&b, logout_submit, HTTP_POST, S(""),
		arena_printf(w.a, "action=logout&flow=%.*s", STR_ARG(hidden(rs.body, "flow"))));
	row_true("says so", rs.status == 200 && holds(rs.body, "You are signed out"));
	row_int("ana", (int64_t)live_sessions("auth0|ana"), 0);
	row_int("bob", (int64_t)live_sessions("auth0|bob"), 0);
	row_int("two events", (int64_t)events_of("slo"), 2);
	rs = send(&b, logout_page, HTTP_GET, S(""), S(""));
	row_true("and says so again", holds(rs.body, "You are signed out"));
}

static void log_out_of_one_keeps_the_others_and_goes_on(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = signed_in("ana bob");
	size_t ana = sessions_of(&b, list) == 2 && str_is(list[1].user_id, "auth0|ana");
	struct str sid = list[ana].sid;
	struct str id = begin(&b, "logout",
		arena_cstr(w.a, arena_printf(w.a, "{\"client_name\":\"Shop\",\"sid\":\"%.*s\"}",
					STR_ARG(sid))));
	struct http_response rs = get(&b, logout_page, id);

	(void)state;
	row_true("who asks", holds(rs.body, "Shop asks"));
	row_true("whom it ends", holds(rs.body, "ana@example.com"));
	row_true("and not him", !holds(rs.body, "bob@example.com"));
	rs = answer(&b, logout_page, logout_submit, id, "action=logout");
	row_true("on", goes_to(&rs, "oidc/logout/resume", id));
	row_int("ana", (int64_t)live_sessions("auth0|ana"), 0);
	row_int("not bob", (int64_t)live_sessions("auth0|bob"), 1);
	row_true("which one",
		holds(row_of(id).data,
			arena_cstr(w.a,
				arena_printf(w.a, "\"page_ended\":[\"%.*s\"]", STR_ARG(sid)))));
	rs = get(&b, logout_page, id);
	row_true("a second time there is nothing to ask",
		goes_to(&rs, "oidc/logout/resume", id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
		T(the_page_lists_who_is_signed_in),
		T(a_live_account_is_chosen_at_once),
		T(one_that_is_signed_out_is_marked_and_asked_for_the_password),
		T(another_account_signs_in),
		T(consent_says_what_is_asked),
		T(accepting_grants_what_was_shown),
		T(denying_grants_nothing),
		T(an_answer_to_something_else_does_not_count),
		T(only_the_one_who_is_asked_may_accept),
		T(log_out_asks_and_then_ends_all),
		T(log_out_of_one_keeps_the_others_and_goes_on),
	};

	return cmocka_run_group_tests(tests, world_make_first, world_remove_first);
}
