/* SPDX-License-Identifier: Apache-2.0 */
#include "login/sign_in.h"

#include "login_support.h"

#define FORM "action=login&username=ana%40example.com&password=correct+horse"

static void a_right_password_gives_a_session_and_the_way_back(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	struct http_response rs = sign_in_as(&b, id, "ana%40example.com", RIGHT);
	struct str cookie = header_of(&rs, "Set-Cookie");
	struct interaction row = row_of(id);

	(void)state;
	row_true("back to the decision", goes_to(&rs, "authorize/resume", id));
	row_true("the cookie's name", str_starts(cookie, S("__Host-tacit-")));
	row_true("its attributes",
		holds(cookie, "; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=604800"));
	row_int("one session", (int64_t)sessions_of(&b, list), 1);
	row_str("hers", list[0].user_id, "auth0|ana");
	row_str("its methods", list[0].methods,
		"[{\"name\":\"pwd\",\"timestamp\":1800000000000}]");
	row_int("its life", list[0].lifetime, 168 * 3600);
	row_int("its idle life", list[0].idle_lifetime, 72 * 3600);
	row_int("since", list[0].authenticated_at, START_TIME);
	row_str("where", list[0].ip, "192.0.2.1");
	row_str("with what", list[0].user_agent, "Test/1.0");
	row_bytes("the interaction knows it", row.sid, list[0].sid);
	row_int("and when", row.login_at, START_TIME);
	row_true("and that the page was answered", row.answered & PROMPT_LOGIN);
	row_true("not denied", !row.denied);
	row_int("one event", (int64_t)events_of("s"), 1);
}

static void a_wrong_password_and_nobody_are_answered_alike(void **state)
{
	static const char *const names[] = { "ana%40example.com", "nobody%40example.com",
		"auth0%7Cana", "%F0%9F%90%B4" };
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	struct str first = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		struct http_response rs = sign_in_as(&b, id, names[i], "wrong");
		struct session list[SESSIONS_PER_BROWSER];
		ptrdiff_t at = str_find(rs.body, S("id=\"trouble\""));
		ptrdiff_t end = str_find(rs.body, S("<form"));
		struct str said;

		row_int(names[i], rs.status, 400);
		row_true(names[i], at > 0 && end > at);
		said = str_first(str_after(rs.body, (size_t)at), (size_t)(end - at));
		row_true("the same words", first.n == 0 || str_eq(said, first));
		row_true("words", holds(said, "The user name or the password is wrong."));
		first = said;
		row_int("nobody is signed in", (int64_t)sessions_of(&b, list), 0);
		row_true("no cookie", header_of(&rs, "Set-Cookie").n == 0);
		row_true("the password is not repeated", !holds(rs.body, "value=\"wrong\""));
	}
	row_int("two wrong passwords", (int64_t)events_of("fp"), 2);
	row_int("two unknown users", (int64_t)events_of("fu"), 2);
	row_true("the page is still due", row_of(id).answered == 0);
}

static void what_is_missing_is_said_beside_the_field(void **state)
{
	static const struct {
		const char *when;
		const char *fields;
		const char *words;
		const char *field;
	} rows[] = {
		{ "no user name", "action=login&password=x", "Enter your e-mail address",
			"href=\"#username\"" },
		{ "only blanks", "username=++&password=x", "Enter your e-mail address",
			"href=\"#username\"" },
		{ "no password", "username=ana", "Enter your password.", "href=\"#password\"" },
		{ "nothing", "action=login", "Enter your e-mail address",
			"href=\"#username\"" },
		{ "bytes that are no text", "username=%ff&password=x",
			"Enter your e-mail address", "href=\"#username\"" },
	};
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_response rs =
			answer(&b, login_page, login_submit, id, rows[i].fields);

		row_int(rows[i].when, rs.status, 400);
		row_true(rows[i].when, holds(rs.body, rows[i].words));
		row_true(rows[i].when, holds(rs.body, rows[i].field));
		row_true(rows[i].when, holds(rs.body, "aria-invalid=\"true\""));
	}
	row_int("none of it counts", (int64_t)(events_of("fp") + events_of("fu")), 0);
}

static void too_long_fields_are_refused_unread(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	char name[300];
	char password[1200];
	struct http_response rs;

	(void)state;
	memset(name, 'n', 257);
	name[257] = 0;
	memset(password, 'p', 1025);
	password[1025] = 0;
	rs = sign_in_as(&b, id, name, "x");
	row_true("a name of 257", rs.status == 400 && holds(rs.body, "too long"));
	row_true("is not shown whole", !holds(rs.body, name));
	rs = sign_in_as(&b, id, "ana", password);
	row_true("a password of 1025", rs.status == 400 && holds(rs.body, "too long"));
	name[256] = 0;
	password[1024] = 0;
	rs = sign_in_as(&b, id, name, password);
	row_true("the longest", rs.status == 400 && holds(rs.body, "is wrong"));
}

static void names_in_other_letters_sign_in(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");

	(void)state;
	row_int("zoë", sign_in_as(&b, id, "zo%C3%AB%40ex%C3%A4mple.com", RIGHT).status, 303);
}

static void a_blocked_user_hears_it_only_after_the_right_password(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	struct http_response rs = sign_in_as(&b, id, "eve%40example.com", "wrong");

	(void)state;
	row_true("wrong as for others", rs.status == 400 && !holds(rs.body, "blocked"));
	rs = sign_in_as(&b, id, "eve%40example.com", RIGHT);
	row_true("then the truth", rs.status == 403 && holds(rs.body, "blocked"));
	row_int("and no session", (int64_t)sessions_of(&b, list), 0);
	row_int("said in the log", (int64_t)events_of("f"), 1);
}

static void only_the_one_who_is_named_may_complete(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{\"subject\":\"auth0|ana\"}");
	struct http_response rs = sign_in_as(&b, id, "bob%40example.com", RIGHT);

	(void)state;
	row_true("another is refused", rs.status == 403 && holds(rs.body, "another account"));
	row_int("and not signed in", (int64_t)sessions_of(&b, list), 0);
	row_int("she is not", sign_in_as(&b, id, "ana%40example.com", RIGHT).status, 303);
}

static void signing_in_again_keeps_the_session_and_changes_the_secret(void **state)
{
	struct session before[SESSIONS_PER_BROWSER];
	struct session after[SESSIONS_PER_BROWSER];
	struct browser b = signed_in("ana");
	struct browser old = b;

	(void)state;
	sessions_of(&b, before);
	w.now += 100;
	row_int("again",
		sign_in_as(&b, begin(&b, "login", "{}"), "ANA%40example.com", RIGHT).status,
		303);
	row_int("still one", (int64_t)sessions_of(&b, after), 1);
	row_bytes("the same", after[0].sid, before[0].sid);
	row_int("proven now", after[0].authenticated_at, START_TIME + 100);
	row_true("a new secret", !str_eq(b.session, old.session));
	row_int("the old one works for a moment", (int64_t)sessions_of(&old, after), 1);
	w.now += BROWSER_GRACE_SECONDS + 1;
	row_int("and then no more", (int64_t)sessions_of(&old, after), 0);
}

static void a_session_that_died_is_not_revived(void **state)
{
	struct session before[SESSIONS_PER_BROWSER];
	struct session after[SESSIONS_PER_BROWSER];
	struct browser b = signed_in("ana");
	size_t live = 0;

	(void)state;
	sessions_of(&b, before);
	w.now += 73 * 3600;
	row_int("again",
		sign_in_as(&b, begin(&b, "login", "{}"), "ana%40example.com", RIGHT).status,
		303);
	for (size_t i = 0, n = sessions_of(&b, after); i < n; i++) {
		if (after[i].ended_at != 0)
			continue;
		live++;
		row_true("another one", !str_eq(after[i].sid, before[0].sid));
	}
	row_int("one lives", (int64_t)live, 1);
}

static void a_second_person_joins_the_browser(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = signed_in("ana");
	struct browser old = b;

	(void)state;
	row_int("bob too",
		sign_in_as(&b, begin(&b, "login", "{}"), "bob%40example.com", RIGHT).status,
		303);
	row_int("two", (int64_t)sessions_of(&b, list), 2);
	row_int("the old secret finds hers only", (int64_t)sessions_of(&old, list), 1);
	row_str("hers", list[0].user_id, "auth0|ana");
}

static void other_methods_of_a_session_stay(void **state)
{
	static const struct {
		const char *when;
		const char *before;
		const char *after;
	} rows[] = {
		{ "none yet", "", "[{\"name\":\"pwd\",\"timestamp\":5}]" },
		{ "an earlier password", "[{\"name\":\"pwd\",\"timestamp\":1}]",
			"[{\"name\":\"pwd\",\"timestamp\":5}]" },
		{ "a second factor",
			"[{\"name\":\"pwd\",\"timestamp\":1},"
			"{\"name\":\"mfa\",\"timestamp\":2,\"type\":\"otp\"}]",
			"[{\"name\":\"mfa\",\"timestamp\":2,\"type\":\"otp\"},"
			"{\"name\":\"pwd\",\"timestamp\":5}]" },
		{ "what is no JSON goes", "[{", "[{\"name\":\"pwd\",\"timestamp\":5}]" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_str(rows[i].when,
			sign_in_methods(w.a, str_from(rows[i].before), "pwd", NULL, 5),
			rows[i].after);
}

static void the_cookie_lasts_as_the_settings_and_the_box_say(void **state)
{
	static const struct {
		const char *when;
		bool mode_persistent;
		bool offer;
		bool ticked;
		const char *age;
		int64_t lifetime;
	} rows[] = {
		{ "persistent", true, false, false, "; Max-Age=604800", 604800 },
		{ "persistent, a box nobody offered", true, false, true, "; Max-Age=604800",
			604800 },
		{ "ephemeral", false, false, false, "", 86400 },
		{ "ephemeral, a box nobody offered", false, false, true, "", 86400 },
		{ "offered and ticked", false, true, true, "; Max-Age=604800", 604800 },
		{ "offered and not ticked", true, true, false, "", 86400 },
	};

	(void)state;
	w.tenant->settings.ephemeral_session_lifetime = 86400;
	w.tenant->settings.idle_ephemeral_session_lifetime = 3600;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct session list[SESSIONS_PER_BROWSER];
		struct browser b = { 0 };
		struct http_response rs;
		struct str cookie;

		w.tenant->settings.session_cookie_persistent = rows[i].mode_persistent;
		w.tenant->settings.remember_me = rows[i].offer;
		rs = answer(&b, login_page, login_submit, begin(&b, "login", "{}"),
			rows[i].ticked ? FORM "&remember=1" : FORM);
		cookie = header_of(&rs, "Set-Cookie");
		row_int(rows[i].when, rs.status, 303);
		row_true(rows[i].when, holds(cookie, "Max-Age") == (rows[i].age[0] != 0));
		row_true(rows[i].when, str_ends(cookie, str_from(rows[i].age)));
		row_int(rows[i].when, (int64_t)sessions_of(&b, list), 1);
		row_int(rows[i].when, list[0].lifetime, rows[i].lifetime);
	}
}

static void being_remembered_is_never_taken_back_by_signing_in(void **state)
{
	struct session list[SESSIONS_PER_BROWSER];
	struct browser b = { 0 };
	struct http_response rs;

	(void)state;
	w.tenant->settings.remember_me = true;
	answer(&b, login_page, login_submit, begin(&b, "login", "{}"), FORM "&remember=1");
	w.now += 100;
	rs = answer(&b, login_page, login_submit, begin(&b, "login", "{}"), FORM);
	row_true("still persistent",
		str_ends(header_of(&rs, "Set-Cookie"), S("Max-Age=604800")));
	rs = answer(&b, login_page, login_submit, begin(&b, "login", "{}"),
		"username=bob%40example.com&password=correct+horse");
	row_true("nor by another person's",
		str_ends(header_of(&rs, "Set-Cookie"), S("Max-Age=604800")));
	row_int("two", (int64_t)sessions_of(&b, list), 2);
	row_true("whose own is ephemeral", !list[0].persistent || !list[1].persistent);
}

static void a_form_sent_twice_leaves_one_session(void **state)
{
	struct session *list;
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	struct browser twin = b;
	size_t count;

	(void)state;
	sign_in_as(&b, id, "ana%40example.com", RIGHT);
	row_int("the second answer", sign_in_as(&twin, id, "ana%40example.com", RIGHT).status,
		303);
	row_int("listed",
		session_list_by_user(db_reader(w.db), w.a, S("auth0|ana"), &list, &count), OK);
	row_int("one", (int64_t)count, 1);
	row_bytes("which the interaction knows", row_of(id).sid, list[0].sid);
}

static enum err set_hash(struct db_conn *conn, void *hash)
{
	return user_set_password_hash(conn, S("auth0|ana"), *(struct str *)hash);
}

static void a_foreign_hash_is_replaced_at_the_next_sign_in(void **state)
{
	/* "correct horse" as PBKDF2-SHA-256 with 1000 rounds, in the PHC form. */
	struct str foreign = S("$pbkdf2-sha256$i=1000$c2FsdHNhbHQ$"
			       "qQDPSZa3Ormyy9oK1Pu0ZLLwP2Svzmx3yu8OvDdq/J0");
	struct browser b = { 0 };
	struct user user;

	(void)state;
	row_int("set", db_write(w.db, set_hash, &foreign), OK);
	row_int("signed in",
		sign_in_as(&b, begin(&b, "login", "{}"), "ana%40example.com", RIGHT).status,
		303);
	row_int("read", user_find(db_reader(w.db), w.a, S("auth0|ana"), &user), OK);
	row_true("ours now", str_starts(user.password_hash, S("$argon2id$")));
	row_int("counted", user.logins_count, 1);
	row_int("and dated", user.last_login, START_TIME);
	row_int("and it works",
		sign_in_as(&b, begin(&b, "login", "{}"), "ana%40example.com", RIGHT).status,
		303);
}

static void identifier_first_is_two_pages_with_the_same_names(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login", "{}");
	struct http_response rs;
	struct str query = arena_printf(w.a, "state=%.*s", STR_ARG(id));

	(void)state;
	w.tenant->settings.identifier_first = true;
	rs = get(&b, login_page, id);
	row_true("a name", holds(rs.body, "id=\"username\" name=\"username\""));
	row_true("no password", !holds(rs.body, "id=\"password\""));
	row_true("the button", holds(rs.body, "name=\"action\" value=\"login\""));
	rs = answer(
		&b, login_page, login_submit, id, "action=login&username=ana%40example.com");
	row_int("the second page", rs.status, 200);
	row_true("a password", holds(rs.body, "id=\"password\" name=\"password\""));
	row_true("the name beside it", holds(rs.body, "value=\"ana@example.com\""));
	rs = send(&b, login_submit, HTTP_POST, query,
		arena_printf(w.a, "flow=%.*s&%s", STR_ARG(hidden(rs.body, "flow")), FORM));
	row_true("signed in", goes_to(&rs, "authorize/resume", id));
	rs = answer(&b, login_page, login_submit, begin(&b, "login", "{}"), "action=login");
	row_true("no name", rs.status == 400 && !holds(rs.body, "id=\"password\""));
}

static void the_name_is_filled_in_when_it_is_nobody_elses_secret(void **state)
{
	static const struct {
		const char *when;
		bool known; /* ana has signed in in this browser */
		const char *data;
		const char *value;
	} rows[] = {
		{ "nothing known", false, "{}", "" },
		{ "a hint", false, "{\"login_hint\":\"ana@example.com\"}", "ana@example.com" },
		{ "a hint is escaped", false, "{\"login_hint\":\"\\\"><script>\"}",
			"&quot;&gt;&lt;script&gt;" },
		{ "a user_id here", true,
			"{\"login_hint\":\"auth0|ana\",\"subject\":\"auth0|ana\"}",
			"ana@example.com" },
		{ "a user_id tells a stranger nothing", false,
			"{\"login_hint\":\"auth0|ana\",\"subject\":\"auth0|ana\"}", "" },
		{ "nor in another's browser", true, "{\"subject\":\"auth0|bob\"}", "" },
		{ "whoever's session it was", true, "{\"user_id\":\"auth0|ana\"}",
			"ana@example.com" },
	};
	struct browser known = signed_in("ana");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct browser b = rows[i].known ? known : (struct browser){ 0 };
		struct http_response rs = get(&b, login_page, begin(&b, "login", rows[i].data));

		row_str(rows[i].when, hidden(rs.body, "username"), rows[i].value);
	}
}

static void the_page_shows_the_client_and_its_links(void **state)
{
	struct browser b = { 0 };
	struct str id = begin(&b, "login",
		"{\"client_name\":\"<b>Shop</b>\",\"logo_uri\":\"https://shop.example/l.png\","
		"\"policy_uri\":\"javascript:alert(1)\",\"tos_uri\":\"https://shop.example/t\","
		"\"redirect_origin\":\"https://shop.example\",\"ui_locales\":\"es\"}");
	struct http_response rs = get(&b, login_page, id);

	(void)state;
	row_true("its name", holds(rs.body, "&lt;b&gt;Shop&lt;/b&gt;"));
	row_true("its logo", holds(rs.body, "<img src=\"https://shop.example/l.png\""));
	row_true("no script for a link", !holds(rs.body, "javascript:"));
	row_true("its terms", holds(rs.body, "href=\"https://shop.example/t\""));
	row_true("its language", holds(rs.body, "<html lang=\"es\">"));
	row_true("the tenant", holds(rs.body, "Demo &amp; Sons"));
	row_true("and it may redirect after the form",
		str_ends(header_of(&rs, "Content-Security-Policy"),
			S("form-action 'self' https:")));
	rs = send(&b, login_page, HTTP_GET,
		arena_printf(w.a, "state=%.*s&ui_locales=pt-BR", STR_ARG(id)), S(""));
	row_true("a chosen language", holds(rs.body, "<html lang=\"pt-BR\">"));
	row_true("stays with the form", holds(rs.body, "&amp;ui_locales=pt-BR\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, world_set_up, world_tear_down)
		T(a_right_password_gives_a_session_and_the_way_back),
		T(a_wrong_password_and_nobody_are_answered_alike),
		T(what_is_missing_is_said_beside_the_field),
		T(too_long_fields_are_refused_unread),
		T(names_in_other_letters_sign_in),
		T(a_blocked_user_hears_it_only_after_the_right_password),
		T(only_the_one_who_is_named_may_complete),
		T(signing_in_again_keeps_the_session_and_changes_the_secret),
		T(a_session_that_died_is_not_revived),
		T(a_second_person_joins_the_browser),
		T(other_methods_of_a_session_stay),
		T(the_cookie_lasts_as_the_settings_and_the_box_say),
		T(being_remembered_is_never_taken_back_by_signing_in),
		T(a_form_sent_twice_leaves_one_session),
		T(a_foreign_hash_is_replaced_at_the_next_sign_in),
		T(identifier_first_is_two_pages_with_the_same_names),
		T(the_name_is_filled_in_when_it_is_nobody_elses_secret),
		T(the_page_shows_the_client_and_its_links),
	};

	return cmocka_run_group_tests(tests, world_make_first, world_remove_first);
}
