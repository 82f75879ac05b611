/* SPDX-License-Identifier: Apache-2.0 */

/* session.h. */

#include <pthread.h>

#include "conformance.h"
#include "store/metadata.h"
#include "store/session.h"
#include "store/user.h"

static struct session found(struct bench *b, const char *sid)
{
	struct session s = { 0 };

	row_err(sid, session_find(db_reader(b->db), b->arena, str_from(sid), &s), OK);
	return s;
}

/* The sids that a browser's secret finds, separated by blanks; "" for ERR_NOT_FOUND. */
static const char *finds(struct bench *b, const char *browser, int64_t now)
{
	struct session s[SESSIONS_PER_BROWSER];
	struct str all = S("");
	size_t n = 0;
	enum err err = session_find_by_browser(
		db_reader(b->db), b->arena, digest_of(b, browser), S("shop"), now, s, &n);

	if (err == ERR_NOT_FOUND)
		return "";
	row_err(browser, err, OK);
	for (size_t i = 0; i < n; i++)
		all = arena_printf(b->arena, STR_FMT "%s" STR_FMT, STR_ARG(all), i ? " " : "",
			STR_ARG(s[i].sid));
	return all.p;
}

static void finds_is(
	struct bench *b, const char *row, const char *browser, int64_t now, const char *want)
{
	row_str(row, str_from(finds(b, browser, now)), want);
}

static void a_session_comes_back_whole(void **state)
{
	const struct session s = {
		.sid = S("s1"),
		.user_id = S("u1"),
		.created_at = 1,
		.authenticated_at = 2,
		.last_active_at = 3,
		.lifetime = 4,
		.idle_lifetime = 5,
		.persistent = true,
		.methods = S("[{\"name\":\"pwd\"}]"),
		.ip = S("::1"),
		.user_agent = S("Mozilla"),
	};
	struct bench *b = *state;
	struct session joined[SESSIONS_PER_BROWSER];
	struct user u = { .user_id = S("u1"), .app_metadata = S("{\"a\":1}"), .blocked = true };
	size_t n;

	row_err("user", WRITE(b, user_insert(w, &u)), OK);
	row_err("insert", WRITE(b, session_insert(w, &s, digest_of(b, "here"))), OK);
	row_err("again", WRITE(b, session_insert(w, &s, digest_of(b, "there"))), ERR_CONFLICT);
	row_err("by browser",
		session_find_by_browser(db_reader(b->db), b->arena, digest_of(b, "here"),
			S("shop"), 10, joined, &n),
		OK);
	row_int("one", (int64_t)n, 1);
	for (int i = 0; i < 2; i++) {
		struct session got = i ? joined[0] : found(b, "s1");

		row_bytes("sid", got.sid, s.sid);
		row_bytes("user_id", got.user_id, s.user_id);
		row_int("created_at", got.created_at, 1);
		row_int("authenticated_at", got.authenticated_at, 2);
		row_int("last_active_at", got.last_active_at, 3);
		row_int("lifetime", got.lifetime, 4);
		row_int("idle_lifetime", got.idle_lifetime, 5);
		row_true("persistent", got.persistent);
		row_int("ended_at", got.ended_at, 0);
		row_bytes("methods", got.methods, s.methods);
		row_bytes("ip", got.ip, s.ip);
		row_bytes("user_agent", got.user_agent, s.user_agent);
	}
	row_true("user_blocked", joined[0].user_blocked);
	row_bytes("user_app_metadata", joined[0].user_app_metadata, u.app_metadata);
	row_true("no client yet", !joined[0].client_joined);
	row_err("unknown", session_find(db_reader(b->db), b->arena, S("s9"), &joined[0]),
		ERR_NOT_FOUND);
}

static void the_least_recently_used_comes_last(void **state)
{
	struct bench *b = *state;

	add_user(b, S("u"), S(""));
	add_session(b, S("old"), S("u"), digest_of(b, "A"), 100);
	add_session(b, S("new"), S("u"), digest_of(b, "A"), 300);
	add_session(b, S("mid"), S("u"), digest_of(b, "A"), 200);
	add_session(b, S("else"), S("u"), digest_of(b, "B"), 400);
	finds_is(b, "by use", "A", 500, "new mid old");
	row_err("touch", WRITE(b, session_touch(w, S("old"), 450)), OK);
	finds_is(b, "by use", "A", 500, "old new mid");
	row_err("end", WRITE(b, session_end(w, S("new"), S("logout"), 460)), OK);
	finds_is(b, "ended ones too", "A", 500, "old new mid");
	finds_is(b, "a stranger", "C", 500, "");
}

static void the_asking_client_is_joined(void **state)
{
	struct bench *b = *state;
	struct session s[SESSIONS_PER_BROWSER];
	struct str *clients;
	size_t n;

	add_user(b, S("u"), S(""));
	add_session(b, S("s1"), S("u"), digest_of(b, "A"), 200);
	add_session(b, S("s2"), S("u"), digest_of(b, "A"), 100);
	row_err("join", WRITE(b, session_join_client(w, S("s1"), S("shop"), S("iss"), 210)),
		OK);
	row_err("join", WRITE(b, session_join_client(w, S("s1"), S("blog"), S("iss"), 220)),
		OK);
	row_err("again", WRITE(b, session_join_client(w, S("s1"), S("shop"), S("iss"), 230)),
		OK);
	row_err("unknown", WRITE(b, session_join_client(w, S("s9"), S("shop"), S("iss"), 1)),
		ERR_NOT_FOUND);

	row_err("find",
		session_find_by_browser(
			db_reader(b->db), b->arena, digest_of(b, "A"), S("shop"), 300, s, &n),
		OK);
	row_int("two", (int64_t)n, 2);
	row_true("joined", s[0].client_joined);
	row_int("chosen last", s[0].client_last_at, 230);
	row_true("not the other", !s[1].client_joined);
	row_int("never", s[1].client_last_at, 0);

	row_err("clients", session_clients(db_reader(b->db), b->arena, S("s1"), &clients, &n),
		OK);
	row_int("two", (int64_t)n, 2);
	row_str("blog", clients[0], "blog");
	row_str("shop", clients[1], "shop");
	row_err("end", WRITE(b, session_end(w, S("s1"), S("logout"), 240)), OK);
	row_err("too late", WRITE(b, session_join_client(w, S("s1"), S("cart"), S("iss"), 250)),
		ERR_NOT_FOUND);
	row_err("clients", session_clients(db_reader(b->db), b->arena, S("s1"), &clients, &n),
		OK);
	row_int("those of before, for log-out", (int64_t)n, 2);
}

static void a_sign_in_moves_the_browser(void **state)
{
	struct bench *b = *state;

	add_user(b, S("u"), S(""));
	add_session(b, S("s1"), S("u"), digest_of(b, "A"), 100);
	row_err("move",
		WRITE(b, session_move_browser(w, digest_of(b, "A"), digest_of(b, "B"), 1000)),
		OK);
	add_session(b, S("s2"), S("u"), digest_of(b, "B"), 1000);

	finds_is(b, "the new secret finds both", "B", 1000, "s2 s1");
	finds_is(b, "the old one what it found then", "A", 1000, "s1");
	finds_is(b, "for a minute", "A", 1000 + BROWSER_GRACE_SECONDS - 1, "s1");
	finds_is(b, "and no longer", "A", 1000 + BROWSER_GRACE_SECONDS, "");
	row_err("nobody moves",
		WRITE(b, session_move_browser(w, digest_of(b, "Z"), digest_of(b, "Y"), 1)), OK);

	row_err("move on",
		WRITE(b, session_move_browser(w, digest_of(b, "B"), digest_of(b, "C"), 1010)),
		OK);
	finds_is(b, "the secret before", "B", 1020, "s2 s1");
	finds_is(b, "not the one before that", "A", 1020, "");
}

static void an_eleventh_account_sends_one_away(void **state)
{
	struct bench *b = *state;
	struct str browser = digest_of(b, "A");

	add_user(b, S("u"), S(""));
	for (int i = 0; i < 10; i++)
		add_session(b, arena_printf(b->arena, "s%d", i), S("u"), browser, 100 + i);
	add_session(b, S("other"), S("u"), digest_of(b, "B"), 1);
	finds_is(b, "ten", "A", 500, "s9 s8 s7 s6 s5 s4 s3 s2 s1 s0");

	add_session(b, S("sA"), S("u"), browser, 50);
	finds_is(b, "the oldest goes, though the new one is older", "A", 500,
		"s9 s8 s7 s6 s5 s4 s3 s2 s1 sA");
	row_err("end", WRITE(b, session_end(w, S("s9"), S("logout"), 400)), OK);
	add_session(b, S("sB"), S("u"), browser, 300);
	finds_is(b, "an ended one goes first", "A", 500, "sB s8 s7 s6 s5 s4 s3 s2 s1 sA");
	finds_is(b, "another browser is untouched", "B", 500, "other");
}

static void ending(void **state)
{
	struct bench *b = *state;
	struct session s;

	add_user(b, S("u"), S(""));
	add_session(b, S("s1"), S("u"), digest_of(b, "A"), 100);
	row_err("end", WRITE(b, session_end(w, S("s1"), S("logout"), 200)), OK);
	row_err("once", WRITE(b, session_end(w, S("s1"), S("admin"), 300)), ERR_NOT_FOUND);
	row_err("unknown", WRITE(b, session_end(w, S("s9"), S("admin"), 300)), ERR_NOT_FOUND);
	s = found(b, "s1");
	row_int("the first end counts", s.ended_at, 200);
	row_str("and its reason", s.end_reason, "logout");

	row_err("touch", WRITE(b, session_touch(w, S("s1"), 400)), OK);
	row_int("an ended one does not move", found(b, "s1").last_active_at, 100);
	row_err("methods", WRITE(b, session_set_methods(w, S("s1"), S("[]"))), ERR_NOT_FOUND);
	row_err("lifetimes", WRITE(b, session_set_lifetimes(w, S("s1"), 1, 1)), ERR_NOT_FOUND);
	row_err("re-authentication", WRITE(b, session_reauthenticate(w, &s)), ERR_NOT_FOUND);
	row_int("it stays ended", found(b, "s1").ended_at, 200);
}

static void ending_all_of_a_user(void **state)
{
	static const struct {
		const char *sid, *user;
		int64_t ended_at;
	} rows[] = { { "a1", "ana", 500 }, { "a2", "ana", 0 }, { "a3", "ana", 500 },
		{ "a4", "ana", 200 }, { "e1", "eve", 0 } };
	struct bench *b = *state;
	struct session *list;
	int64_t count;
	size_t n;

	add_user(b, S("ana"), S(""));
	add_user(b, S("eve"), S(""));
	for (size_t i = 0; i < ROWS(rows); i++)
		add_session(b, str_from(rows[i].sid), str_from(rows[i].user), digest_of(b, "A"),
			100 + (int64_t)i);
	row_err("one before", WRITE(b, session_end(w, S("a4"), S("logout"), 200)), OK);
	row_err("list", session_list_by_user(db_reader(b->db), b->arena, S("ana"), &list, &n),
		OK);
	row_int("three live", (int64_t)n, 3);
	row_str("newest first", list[0].sid, "a3");
	row_str("oldest last", list[2].sid, "a1");

	row_err("all but one",
		WRITE(b, session_end_by_user(w, S("ana"), S("a2"), S("password_changed"), 500)),
		OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].sid, found(b, rows[i].sid).ended_at, rows[i].ended_at);
	row_str("why", found(b, "a1").end_reason, "password_changed");
	row_err("count", session_count(db_reader(b->db), &count), OK);
	row_int("two live", count, 2);
	row_err("all",
		WRITE(b, session_end_by_user(w, S("ana"), S(""), S("password_changed"), 600)),
		OK);
	row_int("the last one too", found(b, "a2").ended_at, 600);
}

static void signing_in_again(void **state)
{
	struct bench *b = *state;
	struct session s = { .sid = S("s1"),
		.user_id = S("eve"),
		.created_at = 9,
		.authenticated_at = 700,
		.lifetime = 11,
		.idle_lifetime = 12,
		.persistent = true,
		.methods = S("[2]"),
		.ip = S("9") };

	add_user(b, S("ana"), S(""));
	add_session(b, S("s1"), S("ana"), digest_of(b, "A"), 100);
	row_err("again", WRITE(b, session_reauthenticate(w, &s)), OK);
	s = found(b, "s1");
	row_int("auth_time", s.authenticated_at, 700);
	row_int("active", s.last_active_at, 700);
	row_int("lifetime", s.lifetime, 11);
	row_int("idle lifetime", s.idle_lifetime, 12);
	row_true("persistent", s.persistent);
	row_str("methods", s.methods, "[2]");
	row_str("the user stays", s.user_id, "ana");
	row_int("the beginning stays", s.created_at, 100);
	row_true("the address stays", s.ip.n == 0);
	row_err("methods", WRITE(b, session_set_methods(w, S("s1"), S("[3]"))), OK);
	row_str("methods", found(b, "s1").methods, "[3]");
	row_err("unknown", WRITE(b, session_set_methods(w, S("s9"), S("[3]"))), ERR_NOT_FOUND);
	row_err("lifetimes", WRITE(b, session_set_lifetimes(w, S("s1"), 70, 7)), OK);
	row_int("the absolute one", found(b, "s1").lifetime, 70);
	row_int("the idle one", found(b, "s1").idle_lifetime, 7);
	row_str("methods stay", found(b, "s1").methods, "[3]");
	row_err("unknown", WRITE(b, session_set_lifetimes(w, S("s9"), 70, 7)), ERR_NOT_FOUND);
}

static void what_actions_change(void **state)
{
	struct bench *b = *state;
	struct db_conn *db = db_reader(b->db);
	struct str text;

	add_user(b, S("u"), S(""));
	add_session(b, S("s1"), S("u"), digest_of(b, "A"), 100);
	row_err("persistent", WRITE(b, session_set_persistent(w, S("s1"), true, 80, 8)), OK);
	row_true("persistent", found(b, "s1").persistent);
	row_int("its lifetime", found(b, "s1").lifetime, 80);
	row_int("its idle lifetime", found(b, "s1").idle_lifetime, 8);
	row_err("unknown", WRITE(b, session_set_persistent(w, S("s9"), true, 80, 8)),
		ERR_NOT_FOUND);
	row_err("of its browser", session_is_of_browser(db, S("s1"), digest_of(b, "A")), OK);
	row_err("not of another", session_is_of_browser(db, S("s1"), digest_of(b, "B")),
		ERR_NOT_FOUND);
	row_err("none", session_metadata_find(db, b->arena, S("s1"), &text), OK);
	row_str("none", text, "");
	row_err("set", WRITE(b, session_metadata_set(w, S("s1"), S("{\"a\":\"1\"}"))), OK);
	row_err("find", session_metadata_find(db, b->arena, S("s1"), &text), OK);
	row_str("as it was set", text, "{\"a\":\"1\"}");
	row_err("find", session_metadata_find(db, b->arena, S("s9"), &text), ERR_NOT_FOUND);
	row_err("end", WRITE(b, session_end(w, S("s1"), S("logout"), 200)), OK);
	row_err("ended", WRITE(b, session_metadata_set(w, S("s1"), S("{}"))), ERR_NOT_FOUND);
	row_err("ended", WRITE(b, session_set_persistent(w, S("s1"), false, 1, 1)),
		ERR_NOT_FOUND);
	row_true("stays as it was", found(b, "s1").persistent);
}

static void activity_moves_forward_only(void **state)
{
	struct bench *b = *state;

	add_user(b, S("u"), S(""));
	add_session(b, S("s1"), S("u"), digest_of(b, "A"), 100);
	row_err("later", WRITE(b, session_touch(w, S("s1"), 150)), OK);
	row_err("earlier", WRITE(b, session_touch(w, S("s1"), 120)), OK);
	row_int("the later", found(b, "s1").last_active_at, 150);
	row_err("unknown", WRITE(b, session_touch(w, S("s9"), 120)), OK);
}

static void a_session_without_its_user_is_over(void **state)
{
	struct bench *b = *state;
	struct session s[SESSIONS_PER_BROWSER];
	size_t n;

	/* A sign-in that was under way while the user was deleted. */
	add_session(b, S("s1"), S("gone"), digest_of(b, "A"), 100);
	row_err("find",
		session_find_by_browser(
			db_reader(b->db), b->arena, digest_of(b, "A"), S("shop"), 200, s, &n),
		OK);
	row_int("ended", s[0].ended_at, 100);
	row_str("because", s[0].end_reason, "user_deleted");

	/* Somebody else gets the id: still not that session's user. */
	add_user(b, S("gone"), S(""));
	row_err("find",
		session_find_by_browser(
			db_reader(b->db), b->arena, digest_of(b, "A"), S("shop"), 200, s, &n),
		OK);
	row_int("ended", s[0].ended_at, 100);
}

static void old_sessions_are_pruned(void **state)
{
	static const struct {
		const char *sid;
		int64_t active_at, ended_at;
		bool stays;
	} rows[] = {
		{ "quiet for long", 100, 0, false },
		{ "ended long ago", 100, 150, false },
		{ "ended just now", 100, 500, true },
		{ "active just now", 500, 0, true },
		{ "at the edge", 400, 0, true },
		{ "before the edge", 399, 0, false },
	};
	struct bench *b = *state;
	struct session s;
	int64_t deleted, all = 0;

	add_user(b, S("u"), S(""));
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str sid = str_from(rows[i].sid);

		add_session(b, sid, S("u"), digest_of(b, rows[i].sid), rows[i].active_at);
		row_err("join", WRITE(b, session_join_client(w, sid, S("shop"), S("iss"), 1)),
			OK);
		if (rows[i].ended_at != 0)
			row_err("end",
				WRITE(b, session_end(w, sid, S("logout"), rows[i].ended_at)),
				OK);
	}
	do {
		row_err("prune", WRITE(b, session_prune(w, 400, 2, &deleted)), OK);
		row_true("at most two at once", deleted <= 2);
		all += deleted;
	} while (deleted > 0);
	row_int("three", all, 3);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].sid,
			session_find(db_reader(b->db), b->arena, str_from(rows[i].sid), &s),
			rows[i].stays ? OK : ERR_NOT_FOUND);
}

struct signing_in {
	struct bench *b;
	pthread_t thread;
	int number;
	int wrong;
};

static enum err sign_in_here(struct db_conn *db, void *arg)
{
	struct signing_in *in = arg;
	char sid[16];
	struct session s = { .sid = { sid,
				     (size_t)snprintf(sid, sizeof(sid), "t%d", in->number) },
		.user_id = S("u"),
		.last_active_at = in->number };

	return session_insert(db, &s, (struct str){ "one browser for all of them", 27 });
}

static void *sign_in(void *arg)
{
	struct signing_in *in = arg;

	in->wrong = db_write(in->b->db, sign_in_here, in) != OK;
	return NULL;
}

static void ten_stay_whoever_comes_at_once(void **state)
{
	struct bench *b = *state;
	struct signing_in in[24];
	int64_t count;

	add_user(b, S("u"), S(""));
	for (int i = 0; i < 24; i++) {
		in[i] = (struct signing_in){ .b = b, .number = i };
		assert_int_equal(pthread_create(&in[i].thread, NULL, sign_in, &in[i]), 0);
	}
	for (int i = 0; i < 24; i++) {
		pthread_join(in[i].thread, NULL);
		row_int("signed in", in[i].wrong, 0);
	}
	row_err("count", session_count(db_reader(b->db), &count), OK);
	row_int("ten", count, SESSIONS_PER_BROWSER);
}

static void which_are_alive(void **state)
{
	struct bench *b = *state;
	int64_t count;

	add_user(b, S("u"), S(""));
	add_session(b, S("new"), S("u"), digest_of(b, "A"), 4 * 86400 - 9);
	add_session(b, S("idle"), S("u"), digest_of(b, "B"), 3 * 86400);
	add_session(b, S("old"), S("u"), digest_of(b, "C"), 0);
	add_session(b, S("ended"), S("u"), digest_of(b, "D"), 4 * 86400);
	row_err("used", WRITE(b, session_touch(w, S("old"), 6 * 86400)), OK);
	row_err("end", WRITE(b, session_end(w, S("ended"), S("logout"), 5 * 86400)), OK);
	row_err("count", session_count_live(db_reader(b->db), 6 * 86400, &count), OK);
	row_int("new and old", count, 2);
	row_err("count", session_count_live(db_reader(b->db), 7 * 86400 - 1, &count), OK);
	row_int("old alone", count, 1);
	row_err("count", session_count_live(db_reader(b->db), 7 * 86400, &count), OK);
	row_int("none", count, 0);
}

int session_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_session_comes_back_whole),
		STORE_TEST(the_least_recently_used_comes_last),
		STORE_TEST(the_asking_client_is_joined),
		STORE_TEST(a_sign_in_moves_the_browser),
		STORE_TEST(an_eleventh_account_sends_one_away),
		STORE_TEST(ending),
		STORE_TEST(ending_all_of_a_user),
		STORE_TEST(signing_in_again),
		STORE_TEST(what_actions_change),
		STORE_TEST(activity_moves_forward_only),
		STORE_TEST(a_session_without_its_user_is_over),
		STORE_TEST(old_sessions_are_pruned),
		STORE_TEST(ten_stay_whoever_comes_at_once),
		STORE_TEST(which_are_alive),
	};

	return run_store_tests(tests);
}
