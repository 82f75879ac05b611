/* SPDX-License-Identifier: Apache-2.0 */

/* logout_call.h, and what queues its rows in session.h and user.h. */

#include "base/buf.h"
#include "conformance.h"
#include "store/document.h"
#include "store/logout_call.h"
#include "store/session.h"
#include "store/user.h"

static void add_client(struct bench *b, struct str id, struct str body)
{
	struct document d = { .id = id, .name = id, .body = body };

	row_err("a client", WRITE(b, document_put(w, DOCUMENT_CLIENT, &d, 1)), OK);
}

static void serve(struct bench *b, struct str sid, struct str client_id)
{
	row_err("joins", WRITE(b, session_join_client(w, sid, client_id, S("iss"), 1)), OK);
}

/* ana has s1 (both clients) and s2 (shop); ben has s3 (shop). "quiet" wants no call. */
static void begin(struct bench *b)
{
	add_client(b, S("shop"), S("{\"backchannel_logout_uri\":\"https://shop.example/\"}"));
	add_client(b, S("blog"),
		S("{\"oidc_logout\":{\"backchannel_logout_urls\":[\"https://b.example/\"]}}"));
	add_client(b, S("quiet"), S("{}"));
	add_user(b, S("ana"), S("ana@example.com"));
	add_user(b, S("ben"), S("ben@example.com"));
	add_session(b, S("s1"), S("ana"), digest_of(b, "A"), 100);
	add_session(b, S("s2"), S("ana"), digest_of(b, "B"), 100);
	add_session(b, S("s3"), S("ben"), digest_of(b, "C"), 100);
	serve(b, S("s1"), S("shop"));
	serve(b, S("s1"), S("blog"));
	serve(b, S("s1"), S("quiet"));
	serve(b, S("s2"), S("shop"));
	serve(b, S("s3"), S("shop"));
}

/* "sid/client" of what is due, in words, taken out of the queue. */
static void due_is(struct bench *b, const char *label, int64_t now, const char *want)
{
	struct buf text = buf_new(b->arena, 128);
	struct logout_call c;

	while (logout_call_next(db_reader(b->db), b->arena, now, &c) == OK) {
		buf_addf(&text, "%s" STR_FMT "/" STR_FMT, text.n > 0 ? " " : "", STR_ARG(c.sid),
			STR_ARG(c.client_id));
		row_err(label, WRITE(b, logout_call_delete(w, &c)), OK);
	}
	row_str(label, buf_str(&text), want);
}

static void each_end_of_a_session_queues_calls(void **state)
{
	struct bench *b = *state;

	begin(b);
	row_err("a session", WRITE(b, session_end(w, S("s1"), S("logout"), 200)), OK);
	due_is(b, "its clients", 200, "s1/blog s1/shop");
	row_err("again", WRITE(b, session_end(w, S("s1"), S("logout"), 210)), ERR_NOT_FOUND);
	due_is(b, "only once", 300, "");
	row_err("of a user",
		WRITE(b, session_end_by_user(w, S("ana"), S(""), S("password_changed"), 310)),
		OK);
	due_is(b, "those that lived", 310, "s2/shop");
	row_err("deleted", WRITE(b, user_delete(w, S("ben"), 400)), OK);
	due_is(b, "of one who is gone", 400, "s3/shop");
}

static void some_are_left_out(void **state)
{
	struct bench *b = *state;

	begin(b);
	row_err("but one", WRITE(b, session_end_by_user(w, S("ana"), S("s1"), S("user"), 200)),
		OK);
	due_is(b, "the other", 200, "s2/shop");
	row_err("expired before", WRITE(b, session_end(w, S("s3"), S("replaced"), 200)), OK);
	due_is(b, "nobody is told", 300, "");
}

static void a_block_tells_and_ends_nothing(void **state)
{
	struct bench *b = *state;
	struct session s;
	struct user u;

	begin(b);
	row_err("ana", user_find(db_reader(b->db), b->arena, S("ana"), &u), OK);
	u.updated_at = 200;
	row_err("as before", WRITE(b, user_update(w, &u)), OK);
	due_is(b, "nothing", 200, "");
	u.blocked = true;
	row_err("blocked", WRITE(b, user_update(w, &u)), OK);
	row_err("still", WRITE(b, user_update(w, &u)), OK);
	due_is(b, "once", 200, "s1/blog s1/shop s2/shop");
	row_err("blocked already", WRITE(b, user_update(w, &u)), OK);
	due_is(b, "not again", 300, "");
	row_err("s1", session_find(db_reader(b->db), b->arena, S("s1"), &s), OK);
	row_int("lives", s.ended_at, 0);
	row_err("and its end", WRITE(b, session_end(w, S("s1"), S("logout"), 310)), OK);
	due_is(b, "is told, too", 310, "s1/blog s1/shop");
}

static void one_that_makes_room_is_told_of(void **state)
{
	struct bench *b = *state;

	begin(b);
	for (int i = 0; i < SESSIONS_PER_BROWSER; i++)
		add_session(b, arena_printf(b->arena, "n%d", i), S("ben"), digest_of(b, "A"),
			200 + i);
	due_is(b, "the eleventh", 500, "s1/blog s1/shop");
}

static void a_call_waits_its_turn(void **state)
{
	struct bench *b = *state;
	struct db_conn *reader = db_reader(b->db);
	struct logout_call got, other;
	int64_t count;

	begin(b);
	row_err("one", WRITE(b, session_end(w, S("s2"), S("logout"), 200)), OK);
	row_err("later", WRITE(b, session_end(w, S("s3"), S("logout"), 210)), OK);
	row_err("count", logout_call_count(reader, &count), OK);
	row_int("two", count, 2);
	row_err("not yet", logout_call_next(reader, b->arena, 199, &got), ERR_NOT_FOUND);
	row_err("due", logout_call_next(reader, b->arena, 210, &got), OK);
	row_str("sid", got.sid, "s2");
	row_str("client", got.client_id, "shop");
	row_str("user", got.user_id, "ana");
	row_str("issuer", got.issuer, "iss");
	row_int("attempts", got.attempts, 0);
	row_int("for a day", got.expires_at, 200 + LOGOUT_CALL_SECONDS);
	row_err("claim", WRITE(b, logout_call_claim(w, &got, 260)), OK);
	row_err("by one only", WRITE(b, logout_call_claim(w, &got, 260)), ERR_NOT_FOUND);
	row_err("the other", logout_call_next(reader, b->arena, 210, &other), OK);
	row_str("is next", other.sid, "s3");
	row_err("postpone", WRITE(b, logout_call_postpone(w, &got, 300)), OK);
	row_err("both", logout_call_next(reader, b->arena, 299, &other), ERR_NOT_FOUND);
	row_err("then", logout_call_next(reader, b->arena, 300, &other), OK);
	row_int("attempts count for all", other.attempts, 1);
	row_err("gone", WRITE(b, logout_call_delete(w, &other)), OK);
	row_err("gone", WRITE(b, logout_call_delete(w, &other)), ERR_NOT_FOUND);
	row_err("of no use",
		logout_call_next(reader, b->arena, 210 + LOGOUT_CALL_SECONDS, &got),
		ERR_NOT_FOUND);
}

static void calls_are_pruned(void **state)
{
	struct bench *b = *state;
	int64_t deleted = -1;

	begin(b);
	row_err("end", WRITE(b, session_end(w, S("s2"), S("logout"), 200)), OK);
	row_err("prune",
		WRITE(b, logout_call_prune(w, 200 + LOGOUT_CALL_SECONDS, 10, &deleted)), OK);
	row_int("not yet", deleted, 0);
	row_err("prune",
		WRITE(b, logout_call_prune(w, 201 + LOGOUT_CALL_SECONDS, 10, &deleted)), OK);
	row_int("now", deleted, 1);
}

int logout_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(each_end_of_a_session_queues_calls),
		STORE_TEST(some_are_left_out),
		STORE_TEST(a_block_tells_and_ends_nothing),
		STORE_TEST(one_that_makes_room_is_told_of),
		STORE_TEST(a_call_waits_its_turn),
		STORE_TEST(calls_are_pruned),
	};

	return run_store_tests(tests);
}
