/* SPDX-License-Identifier: Apache-2.0 */

/* used_code.h, revoked_token.h, refresh_token.h. */

#include <pthread.h>

#include "conformance.h"
#include "store/metadata.h"
#include "store/refresh_token.h"
#include "store/revoked_token.h"
#include "store/used_code.h"

enum { RACERS = 8, ROUNDS = 20 };

static void a_code_is_taken_once(void **state)
{
	struct bench *b = *state;
	struct str id = { "\0\1\2code", 7 };
	int64_t deleted;

	row_err("not yet", used_code_find(db_reader(b->db), id), ERR_NOT_FOUND);
	row_err("first", WRITE(b, used_code_take(w, id, 100, 200)), OK);
	row_err("it was taken", used_code_find(db_reader(b->db), id), OK);
	row_err("another was not", used_code_find(db_reader(b->db), S("other")), ERR_NOT_FOUND);
	row_err("second", WRITE(b, used_code_take(w, id, 101, 300)), ERR_CONFLICT);
	row_err("another", WRITE(b, used_code_take(w, S("other"), 101, 300)), OK);
	row_err("prune", WRITE(b, used_code_prune(w, 199, 10, &deleted)), OK);
	row_int("still needed", deleted, 0);
	row_err("third", WRITE(b, used_code_take(w, id, 199, 300)), ERR_CONFLICT);
	row_err("prune", WRITE(b, used_code_prune(w, 200, 10, &deleted)), OK);
	row_int("the second use has not prolonged it", deleted, 1);
	row_err("prune", WRITE(b, used_code_prune(w, 1000, 0, &deleted)), OK);
	row_int("at most none", deleted, 0);
}

struct racer {
	struct bench *b;
	pthread_t thread;
	int round;
	enum err got;
};

static enum err take(struct db_conn *db, void *arg)
{
	struct racer *r = arg;
	char id[16];

	return used_code_take(db,
		(struct str){ id, (size_t)snprintf(id, sizeof(id), "code %d", r->round) }, 1,
		2);
}

static enum err rotate(struct db_conn *db, void *arg)
{
	struct racer *r = arg;

	return refresh_family_rotate(db, S("f"), r->round, 100 + r->round);
}

static void *take_race(void *arg)
{
	struct racer *r = arg;

	r->got = db_write(r->b->db, take, r);
	return NULL;
}

static void *rotate_race(void *arg)
{
	struct racer *r = arg;

	r->got = db_write(r->b->db, rotate, r);
	return NULL;
}

/* In each round everybody wants the same, and exactly one gets it. */
static void race(struct bench *b, void *(*run)(void *))
{
	for (int round = 0; round < ROUNDS; round++) {
		struct racer racers[RACERS];
		int won = 0, lost = 0;

		for (int i = 0; i < RACERS; i++) {
			racers[i] = (struct racer){ .b = b, .round = round };
			assert_int_equal(
				pthread_create(&racers[i].thread, NULL, run, &racers[i]), 0);
		}
		for (int i = 0; i < RACERS; i++) {
			pthread_join(racers[i].thread, NULL);
			won += racers[i].got == OK;
			lost += racers[i].got == ERR_CONFLICT;
		}
		row_int("one wins", won, 1);
		row_int("the others lose", lost, RACERS - 1);
	}
}

static void two_threads_take_one_code(void **state)
{
	race(*state, take_race);
}

static struct refresh_family family(struct bench *b, const char *id)
{
	struct refresh_family f = { 0 };

	row_err(id, refresh_family_find(db_reader(b->db), b->arena, str_from(id), &f), OK);
	return f;
}

static void two_threads_rotate_one_family(void **state)
{
	struct bench *b = *state;
	struct refresh_family f = {
		.family_id = S("f"), .client_id = S("c"), .user_id = S("u")
	};

	add_user(b, S("u"), S(""));
	row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	race(b, rotate_race);
	row_int("one generation a round", family(b, "f").generation, ROUNDS);
}

static void what_is_revoked(void **state)
{
	static const struct {
		const char *row, *jti, *handle;
		enum err want;
	} rows[] = {
		{ "by its own id", "h1.a", "h1", OK },
		{ "by its handle", "h2.a", "h2", OK },
		{ "another of the first handle", "h1.b", "h1", ERR_NOT_FOUND },
		{ "without a handle", "h1.a", "", OK },
		{ "without an id", "", "h2", OK },
		{ "without both", "", "", ERR_NOT_FOUND },
		{ "of another", "h3.a", "h3", ERR_NOT_FOUND },
	};
	struct bench *b = *state;
	int64_t deleted;

	row_err("a token", WRITE(b, revoked_token_insert(w, S("h1.a"), 200)), OK);
	row_err("a handle", WRITE(b, revoked_token_insert(w, S("h2"), 300)), OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row,
			revoked_token_find(db_reader(b->db), str_from(rows[i].jti),
				str_from(rows[i].handle)),
			rows[i].want);

	row_err("for longer", WRITE(b, revoked_token_insert(w, S("h1.a"), 400)), OK);
	row_err("not for less", WRITE(b, revoked_token_insert(w, S("h1.a"), 100)), OK);
	row_err("prune", WRITE(b, revoked_token_prune(w, 399, 10, &deleted)), OK);
	row_int("the handle", deleted, 1);
	row_err("kept", revoked_token_find(db_reader(b->db), S("h1.a"), S("")), OK);
	row_err("prune", WRITE(b, revoked_token_prune(w, 400, 10, &deleted)), OK);
	row_err("gone", revoked_token_find(db_reader(b->db), S("h1.a"), S("")), ERR_NOT_FOUND);
}

static void a_family_comes_back_whole(void **state)
{
	const struct refresh_family f = { .family_id = S("f"),
		.client_id = S("c"),
		.user_id = S("u"),
		.sid = S("s"),
		.handle = S("h"),
		.scope = S("openid offline_access"),
		.audience = S("api"),
		.claims = S("{\"amr\":[\"pwd\"]}"),
		.offline = true,
		.rotating = true,
		.generation = 3,
		.created_at = 4,
		.rotated_at = 5,
		.last_used_at = 6,
		.expires_at = 7,
		.idle_lifetime = 8,
		.revoked_at = 9,
		.revoke_reason = S("reuse") };
	struct bench *b = *state;
	struct refresh_family got;

	add_user(b, S("u"), S(""));
	row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	row_err("again", WRITE(b, refresh_family_insert(w, &f)), ERR_CONFLICT);
	got = family(b, "f");
	row_bytes("client_id", got.client_id, f.client_id);
	row_bytes("user_id", got.user_id, f.user_id);
	row_bytes("sid", got.sid, f.sid);
	row_bytes("handle", got.handle, f.handle);
	row_bytes("scope", got.scope, f.scope);
	row_bytes("audience", got.audience, f.audience);
	row_bytes("claims", got.claims, f.claims);
	row_bytes("revoke_reason", got.revoke_reason, f.revoke_reason);
	row_true("offline and rotating", got.offline && got.rotating);
	row_int("generation", got.generation, 3);
	row_int("created_at", got.created_at, 4);
	row_int("rotated_at", got.rotated_at, 5);
	row_int("last_used_at", got.last_used_at, 6);
	row_int("expires_at", got.expires_at, 7);
	row_int("idle_lifetime", got.idle_lifetime, 8);
	row_int("revoked_at", got.revoked_at, 9);
	row_err("unknown", refresh_family_find(db_reader(b->db), b->arena, S("g"), &got),
		ERR_NOT_FOUND);
}

static void rotation(void **state)
{
	static const struct {
		const char *row;
		int64_t generation, now;
		enum err want;
	} rows[] = {
		{ "the current one", 0, 100, OK },
		{ "the same again", 0, 101, ERR_CONFLICT },
		{ "one that is not yet", 2, 102, ERR_CONFLICT },
		{ "the next", 1, 103, OK },
	};
	struct bench *b = *state;
	struct refresh_family f = {
		.family_id = S("f"), .client_id = S("c"), .user_id = S("u")
	};

	add_user(b, S("u"), S(""));
	row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row,
			WRITE(b, refresh_family_rotate(
					 w, S("f"), rows[i].generation, rows[i].now)),
			rows[i].want);
	f = family(b, "f");
	row_int("generation", f.generation, 2);
	row_int("rotated", f.rotated_at, 103);
	row_int("used", f.last_used_at, 103);

	row_err("touch", WRITE(b, refresh_family_touch(w, S("f"), 150)), OK);
	row_err("not back", WRITE(b, refresh_family_touch(w, S("f"), 140)), OK);
	row_int("used", family(b, "f").last_used_at, 150);
	row_int("not rotated", family(b, "f").rotated_at, 103);
	row_err("revoke", WRITE(b, refresh_family_revoke(w, S("f"), S("reuse"), 160)), OK);
	row_err("too late", WRITE(b, refresh_family_rotate(w, S("f"), 2, 170)), ERR_CONFLICT);
	row_err("unknown", WRITE(b, refresh_family_rotate(w, S("g"), 0, 170)), ERR_CONFLICT);
	row_err("touch", WRITE(b, refresh_family_touch(w, S("f"), 180)), OK);
	row_int("a revoked one does not move", family(b, "f").last_used_at, 150);
}

static const struct {
	const char *id, *user, *client, *sid, *handle;
	bool offline;
} families[] = {
	{ "f0", "ana", "shop", "s1", "h0", false },
	{ "f1", "ana", "shop", "s1", "h1", true },
	{ "f2", "ana", "blog", "s1", "h1", false },
	{ "f3", "ana", "shop", "s2", "h3", true },
	{ "f4", "eve", "shop", "s3", "h4", false },
	{ "f5", "eve", "shop", "", "", true },
};

static void add_families(struct bench *b)
{
	add_user(b, S("ana"), S(""));
	add_user(b, S("eve"), S(""));
	for (size_t i = 0; i < ROWS(families); i++) {
		struct refresh_family f = { .family_id = str_from(families[i].id),
			.user_id = str_from(families[i].user),
			.client_id = str_from(families[i].client),
			.sid = str_from(families[i].sid),
			.handle = str_from(families[i].handle),
			.offline = families[i].offline,
			.created_at = (int64_t)i };

		row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	}
}

/* One digit a family: 1 revoked, 0 live. */
static void revoked_are(struct bench *b, const char *row, const char *want)
{
	char got[ROWS(families) + 1] = { 0 };

	for (size_t i = 0; i < ROWS(families); i++)
		got[i] = family(b, families[i].id).revoked_at != 0 ? '1' : '0';
	row_str(row, str_from(got), want);
}

static void revoking_one(void **state)
{
	struct bench *b = *state;

	add_families(b);
	row_err("one", WRITE(b, refresh_family_revoke(w, S("f2"), S("revoked"), 50)), OK);
	revoked_are(b, "one", "001000");
	row_err("once", WRITE(b, refresh_family_revoke(w, S("f2"), S("reuse"), 60)),
		ERR_NOT_FOUND);
	row_err("unknown", WRITE(b, refresh_family_revoke(w, S("f9"), S("reuse"), 60)),
		ERR_NOT_FOUND);
	row_int("when", family(b, "f2").revoked_at, 50);
	row_str("why", family(b, "f2").revoke_reason, "revoked");
}

static void revoking_by_what_they_share(void **state)
{
	struct bench *b = *state;
	struct refresh_family *list;
	size_t n;

	add_families(b);
	row_err("handle",
		WRITE(b, refresh_family_revoke_by_handle(w, S("h1"), S("code_replay"), 1)), OK);
	revoked_are(b, "handle", "011000");
	row_err("no handle", WRITE(b, refresh_family_revoke_by_handle(w, S(""), S("x"), 1)),
		OK);
	revoked_are(b, "those without a handle share nothing", "011000");
	row_err("list",
		refresh_family_list_by_user(db_reader(b->db), b->arena, S("ana"), &list, &n),
		OK);
	row_int("of a user, revoked ones too", (int64_t)n, 4);
	row_str("newest first", list[0].family_id, "f3");
}

static void revoking_by_session(void **state)
{
	struct bench *b = *state;

	add_families(b);
	row_err("session",
		WRITE(b, refresh_family_revoke_by_session(w, S("s1"), false, S("logout"), 1)),
		OK);
	revoked_are(b, "offline ones stay", "101000");
	row_err("session",
		WRITE(b, refresh_family_revoke_by_session(w, S("s1"), true, S("logout"), 2)),
		OK);
	revoked_are(b, "offline ones too", "111000");
	row_int("the first time counts", family(b, "f0").revoked_at, 1);
	row_err("no session",
		WRITE(b, refresh_family_revoke_by_session(w, S(""), true, S("logout"), 3)), OK);
	revoked_are(b, "those without a session share nothing", "111000");
}

static void revoking_by_user(void **state)
{
	struct bench *b = *state;

	add_families(b);
	row_err("client",
		WRITE(b, refresh_family_revoke_by_user(w, S("ana"), S("shop"), S("x"), 1)), OK);
	revoked_are(b, "of one client", "110100");
	row_err("all", WRITE(b, refresh_family_revoke_by_user(w, S("ana"), S(""), S("x"), 1)),
		OK);
	revoked_are(b, "of every client", "111100");
}

static void ended_families_are_pruned(void **state)
{
	static const struct {
		const char *id;
		int64_t expires_at, idle_lifetime, last_used_at, revoked_at;
		bool stays;
	} rows[] = {
		{ "never ends", 0, 0, 0, 0, true },
		{ "expired", 99, 0, 0, 0, false },
		{ "expires at the edge", 100, 0, 0, 0, true },
		{ "idle", 0, 50, 49, 0, false },
		{ "idle at the edge", 0, 50, 50, 0, true },
		{ "revoked", 0, 0, 0, 99, false },
		{ "revoked at the edge", 0, 0, 0, 100, true },
	};
	struct bench *b = *state;
	struct refresh_family f;
	int64_t deleted, all = 0;

	add_user(b, S("u"), S(""));
	for (size_t i = 0; i < ROWS(rows); i++) {
		f = (struct refresh_family){ .family_id = str_from(rows[i].id),
			.client_id = S("c"),
			.user_id = S("u"),
			.expires_at = rows[i].expires_at,
			.idle_lifetime = rows[i].idle_lifetime,
			.last_used_at = rows[i].last_used_at,
			.revoked_at = rows[i].revoked_at };
		row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	}
	row_err("count", refresh_family_count_live(db_reader(b->db), 99, &all), OK);
	row_int("live at 99", all, 3);
	all = 0;
	do {
		row_err("prune", WRITE(b, refresh_family_prune(w, 100, 2, &deleted)), OK);
		row_true("at most two at once", deleted <= 2);
		all += deleted;
	} while (deleted > 0);
	row_int("three", all, 3);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].id,
			refresh_family_find(
				db_reader(b->db), b->arena, str_from(rows[i].id), &f),
			rows[i].stays ? OK : ERR_NOT_FOUND);
}

static void what_actions_change(void **state)
{
	struct bench *b = *state;
	struct refresh_family f = {
		.family_id = S("f"), .client_id = S("c"), .user_id = S("u")
	};
	struct db_conn *db = db_reader(b->db);
	struct str text;

	add_user(b, S("u"), S(""));
	row_err("insert", WRITE(b, refresh_family_insert(w, &f)), OK);
	row_err("ends", WRITE(b, refresh_family_set_ends(w, S("f"), 900, 90)), OK);
	row_int("the absolute one", family(b, "f").expires_at, 900);
	row_int("the idle one", family(b, "f").idle_lifetime, 90);
	row_err("none", refresh_metadata_find(db, b->arena, S("f"), &text), OK);
	row_str("none", text, "");
	row_err("set", WRITE(b, refresh_metadata_set(w, S("f"), S("{\"a\":\"1\"}"))), OK);
	row_err("find", refresh_metadata_find(db, b->arena, S("f"), &text), OK);
	row_str("as it was set", text, "{\"a\":\"1\"}");
	row_err("unknown", refresh_metadata_find(db, b->arena, S("g"), &text), ERR_NOT_FOUND);
	row_err("revoke", WRITE(b, refresh_family_revoke(w, S("f"), S("action"), 160)), OK);
	row_err("ended", WRITE(b, refresh_metadata_set(w, S("f"), S("{}"))), ERR_NOT_FOUND);
	row_err("ended", WRITE(b, refresh_family_set_ends(w, S("f"), 1, 1)), ERR_NOT_FOUND);
	row_int("stays as it was", family(b, "f").expires_at, 900);
}

int token_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_code_is_taken_once),
		STORE_TEST(two_threads_take_one_code),
		STORE_TEST(two_threads_rotate_one_family),
		STORE_TEST(what_is_revoked),
		STORE_TEST(a_family_comes_back_whole),
		STORE_TEST(rotation),
		STORE_TEST(what_actions_change),
		STORE_TEST(revoking_one),
		STORE_TEST(revoking_by_what_they_share),
		STORE_TEST(revoking_by_session),
		STORE_TEST(revoking_by_user),
		STORE_TEST(ended_families_are_pruned),
	};

	return run_store_tests(tests);
}
