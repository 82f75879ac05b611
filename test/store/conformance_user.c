/* SPDX-License-Identifier: Apache-2.0 */

/* user.h, factor.h, grant.h, attempt.h. */

#include "conformance.h"
#include "store/attempt.h"
#include "store/factor.h"
#include "store/grant.h"
#include "store/refresh_token.h"
#include "store/session.h"
#include "store/user.h"

static struct user found(struct bench *b, struct str user_id)
{
	struct user u = { 0 };

	row_err("find", user_find(db_reader(b->db), b->arena, user_id, &u), OK);
	return u;
}

static void a_user_comes_back_whole(void **state)
{
	const struct user u = {
		.user_id = S("auth0|1"),
		.email = S("Ana@Example.com"),
		.email_verified = true,
		.username = S("Ana"),
		.phone_number = S("+351"),
		.phone_verified = true,
		.name = S("Ana Souza"),
		.password_hash = S("$argon2id$…"),
		.blocked = true,
		.profile = S("{\"nickname\":\"an\"}"),
		.app_metadata = S("{\"plan\":1}"),
		.user_metadata = S("{\"x\":2}"),
		.created_at = 1,
		.updated_at = 2,
		.last_password_reset = 3,
		.last_login = 4,
		.last_ip = S("::1"),
		.logins_count = 5,
	};
	struct bench *b = *state;
	struct user got;

	row_err("insert", WRITE(b, user_insert(w, &u)), OK);
	got = found(b, u.user_id);
	row_bytes("user_id", got.user_id, u.user_id);
	row_bytes("email", got.email, u.email);
	row_bytes("username", got.username, u.username);
	row_bytes("phone_number", got.phone_number, u.phone_number);
	row_bytes("name", got.name, u.name);
	row_bytes("password_hash", got.password_hash, u.password_hash);
	row_bytes("profile", got.profile, u.profile);
	row_bytes("app_metadata", got.app_metadata, u.app_metadata);
	row_bytes("user_metadata", got.user_metadata, u.user_metadata);
	row_bytes("last_ip", got.last_ip, u.last_ip);
	row_true("flags", got.email_verified && got.phone_verified && got.blocked);
	row_int("created_at", got.created_at, 1);
	row_int("updated_at", got.updated_at, 2);
	row_int("last_password_reset", got.last_password_reset, 3);
	row_int("last_login", got.last_login, 4);
	row_int("logins_count", got.logins_count, 5);
}

static void who_is_meant_by_a_login(void **state)
{
	static const struct {
		const char *row;
		const char *login;
		const char *user_id;
	} rows[] = {
		{ "as written", "ana@example.com", "u1" },
		{ "in capitals", "ANA@EXAMPLE.COM", "u1" },
		{ "by user name", "aNa", "u1" },
		{ "an e-mail before a user name", "eve@example.com", "u2" },
		{ "a part is not enough", "ana@example", NULL },
		{ "no wildcards", "%", NULL },
		{ "nobody is empty", "", NULL },
		{ "only ASCII letters fold", "JOÃO@example.com", NULL },
	};
	struct bench *b = *state;
	struct user u = {
		.user_id = S("u1"), .email = S("Ana@example.com"), .username = S("ANA")
	};

	row_err("ana", WRITE(b, user_insert(w, &u)), OK);
	add_user(b, S("u2"), S("eve@example.com"));
	add_user(b, S("u3"), S("joão@example.com"));
	u = (struct user){ .user_id = S("u4"), .username = S("eve@example.com") };
	row_err("a thief of names", WRITE(b, user_insert(w, &u)), OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum err err = user_find_by_login(
			db_reader(b->db), b->arena, str_from(rows[i].login), &u);

		row_err(rows[i].row, err, rows[i].user_id != NULL ? OK : ERR_NOT_FOUND);
		if (err == OK)
			row_str(rows[i].row, u.user_id, rows[i].user_id);
	}
}

static void names_are_taken_once(void **state)
{
	static const struct {
		const char *row;
		struct user u;
		enum err want;
	} rows[] = {
		{ "the id", { .user_id = STR_LIT("u1") }, ERR_CONFLICT },
		{ "the e-mail, in capitals",
			{ .user_id = STR_LIT("u2"), .email = STR_LIT("ANA@example.com") },
			ERR_CONFLICT },
		{ "the user name, in capitals",
			{ .user_id = STR_LIT("u2"), .username = STR_LIT("ANA") },
			ERR_CONFLICT },
		{ "no e-mail", { .user_id = STR_LIT("u2") }, OK },
		{ "no e-mail either", { .user_id = STR_LIT("u3") }, OK },
	};
	struct bench *b = *state;
	struct user u = {
		.user_id = S("u1"), .email = S("ana@example.com"), .username = S("ana")
	};
	int64_t n;

	row_err("ana", WRITE(b, user_insert(w, &u)), OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row, WRITE(b, user_insert(w, &rows[i].u)), rows[i].want);
	row_err("count", user_count(db_reader(b->db), &n), OK);
	row_int("three", n, 3);
}

static void an_update_leaves_the_counters(void **state)
{
	struct bench *b = *state;
	struct user u;

	add_user(b, S("u1"), S("ana@example.com"));
	add_user(b, S("u2"), S("eve@example.com"));
	row_err("login", WRITE(b, user_note_login(w, S("u1"), S("::1"), 77)), OK);
	u = (struct user){ .user_id = S("u1"),
		.email = S("new@example.com"),
		.blocked = true,
		.created_at = 9,
		.updated_at = 88,
		.last_login = 9,
		.logins_count = 9 };
	row_err("update", WRITE(b, user_update(w, &u)), OK);
	u = found(b, S("u1"));
	row_str("e-mail", u.email, "new@example.com");
	row_true("blocked", u.blocked);
	row_int("updated", u.updated_at, 88);
	row_int("created", u.created_at, 1000);
	row_int("last login", u.last_login, 77);
	row_str("last address", u.last_ip, "::1");
	row_int("logins", u.logins_count, 1);

	u.email = S("EVE@example.com");
	row_err("somebody else's e-mail", WRITE(b, user_update(w, &u)), ERR_CONFLICT);
	u.user_id = S("u9");
	row_err("nobody", WRITE(b, user_update(w, &u)), ERR_NOT_FOUND);
	row_err("nobody", WRITE(b, user_note_login(w, S("u9"), S("::1"), 1)), ERR_NOT_FOUND);
	row_err("nobody", WRITE(b, user_set_password_hash(w, S("u9"), S("h"))), ERR_NOT_FOUND);
	row_err("hash", WRITE(b, user_set_password_hash(w, S("u1"), S("h"))), OK);
	row_str("hash", found(b, S("u1")).password_hash, "h");
}

static void pages_of_users(void **state)
{
	struct bench *b = *state;
	struct str after = S("");
	struct user *page;
	size_t n, seen = 0;

	for (int i = 0; i < 25; i++)
		add_user(b, arena_printf(b->arena, "u%02d", i), S(""));
	do {
		row_err("list", user_list(db_reader(b->db), b->arena, after, 10, &page, &n),
			OK);
		for (size_t i = 0; i < n; i++)
			row_str("in order", page[i].user_id,
				arena_printf(b->arena, "u%02d", (int)seen++).p);
		if (n > 0)
			after = page[n - 1].user_id;
	} while (n > 0);
	row_int("all, once", (int64_t)seen, 25);
}

static void a_user_leaves_with_everything(void **state)
{
	struct bench *b = *state;
	struct refresh_family f = {
		.family_id = S("f"), .client_id = S("c"), .user_id = S("u1")
	};
	struct grant g = { .grant_id = S("g"), .user_id = S("u1"), .client_id = S("c") };
	struct factor factor = { .factor_id = S("t"), .user_id = S("u1"), .type = S("totp") };
	struct session s;
	struct factor *factors;
	size_t n;

	add_user(b, S("u1"), S("ana@example.com"));
	add_user(b, S("u2"), S("eve@example.com"));
	add_session(b, S("s1"), S("u1"), digest_of(b, "one"), 500);
	add_session(b, S("s2"), S("u2"), digest_of(b, "two"), 500);
	row_err("family", WRITE(b, refresh_family_insert(w, &f)), OK);
	row_err("grant", WRITE(b, grant_add(w, &g, 1)), OK);
	row_err("factor", WRITE(b, factor_insert(w, &factor)), OK);

	row_err("delete", WRITE(b, user_delete(w, S("u1"), 1)), OK);
	row_err("again", WRITE(b, user_delete(w, S("u1"), 1)), ERR_NOT_FOUND);
	row_err("family", refresh_family_find(db_reader(b->db), b->arena, S("f"), &f),
		ERR_NOT_FOUND);
	row_err("grant", grant_find(db_reader(b->db), b->arena, S("u1"), S("c"), S(""), &g),
		ERR_NOT_FOUND);
	row_err("factors", factor_list(db_reader(b->db), b->arena, S("u1"), &factors, &n), OK);
	row_int("no factors", (int64_t)n, 0);
	row_err("its session", session_find(db_reader(b->db), b->arena, S("s1"), &s), OK);
	row_true("has ended", s.ended_at != 0);
	row_str("because", s.end_reason, "user_deleted");
	row_err("another's", session_find(db_reader(b->db), b->arena, S("s2"), &s), OK);
	row_int("goes on", s.ended_at, 0);
}

static void nothing_is_given_to_nobody(void **state)
{
	struct bench *b = *state;
	struct refresh_family f = {
		.family_id = S("f"), .client_id = S("c"), .user_id = S("u9")
	};
	struct grant g = { .grant_id = S("g"), .user_id = S("u9"), .client_id = S("c") };
	struct factor factor = { .factor_id = S("t"), .user_id = S("u9"), .type = S("totp") };

	row_err("family", WRITE(b, refresh_family_insert(w, &f)), ERR_CONFLICT);
	row_err("grant", WRITE(b, grant_add(w, &g, 1)), ERR_CONFLICT);
	row_err("factor", WRITE(b, factor_insert(w, &factor)), ERR_CONFLICT);
}

static void a_step_counts_once(void **state)
{
	static const struct {
		const char *row;
		int64_t step, now;
		enum err want;
	} rows[] = {
		{ "the first", 100, 1000, OK },
		{ "the same", 100, 1001, ERR_CONFLICT },
		{ "an older one", 99, 1002, ERR_CONFLICT },
		{ "the next", 101, 1003, OK },
		{ "a factor without steps", 0, 1004, OK },
		{ "a clock that went back", 102, 900, OK },
	};
	struct bench *b = *state;
	struct factor f = { .factor_id = S("t"),
		.user_id = S("u1"),
		.type = S("totp"),
		.name = S("phone"),
		.sealed = { "\1\0\2", 3 },
		.data = S("{\"digits\":6}"),
		.created_at = 10 };
	struct factor *got;
	size_t n;

	add_user(b, S("u1"), S(""));
	row_err("insert", WRITE(b, factor_insert(w, &f)), OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row, WRITE(b, factor_use(w, S("t"), rows[i].step, rows[i].now)),
			rows[i].want);
	row_err("nobody's", WRITE(b, factor_use(w, S("x"), 200, 1)), ERR_CONFLICT);

	row_err("list", factor_list(db_reader(b->db), b->arena, S("u1"), &got, &n), OK);
	row_int("one", (int64_t)n, 1);
	row_true("confirmed by use", got[0].confirmed);
	row_int("moves forward", got[0].last_used_at, 1004);
	row_int("the last step", got[0].last_step, 102);
	row_bytes("sealed", got[0].sealed, f.sealed);
	row_bytes("data", got[0].data, f.data);
	row_bytes("name", got[0].name, f.name);
	row_err("another user's", WRITE(b, factor_delete(w, S("u2"), S("t"))), ERR_NOT_FOUND);
	row_err("delete", WRITE(b, factor_delete(w, S("u1"), S("t"))), OK);
	row_err("gone", WRITE(b, factor_delete(w, S("u1"), S("t"))), ERR_NOT_FOUND);
}

static void scopes_add_up(void **state)
{
	static const struct {
		const char *add, *want;
	} rows[] = {
		{ "openid profile", "openid profile" },
		{ "profile email", "openid profile email" },
		{ "pro", "openid profile email pro" },
		{ "", "openid profile email pro" },
		{ "pro  openid", "openid profile email pro" },
		{ "read:orders", "openid profile email pro read:orders" },
		{ "orders", "openid profile email pro read:orders orders" },
	};
	struct bench *b = *state;
	struct grant g = { .grant_id = S("g1"), .user_id = S("u1"), .client_id = S("c") }, got;

	add_user(b, S("u1"), S(""));
	for (size_t i = 0; i < ROWS(rows); i++) {
		g.scope = str_from(rows[i].add);
		row_err(rows[i].add, WRITE(b, grant_add(w, &g, (int64_t)i + 1)), OK);
		row_err(rows[i].add,
			grant_find(db_reader(b->db), b->arena, S("u1"), S("c"), S(""), &got),
			OK);
		row_str(rows[i].add, got.scope, rows[i].want);
		g.grant_id = S("another id is not needed");
	}
	row_str("the first id stays", got.grant_id, "g1");
	row_int("created", got.created_at, 1);
	row_int("updated with the last new word", got.updated_at, 7);
	row_err("another audience",
		grant_find(db_reader(b->db), b->arena, S("u1"), S("c"), S("api"), &got),
		ERR_NOT_FOUND);
	got = (struct grant){ 0 };
	row_err("by id", grant_find_by_id(db_reader(b->db), b->arena, S("g1"), &got), OK);
	row_str("of that user", got.user_id, "u1");
	row_str("and that client", got.client_id, "c");
	row_err("another id", grant_find_by_id(db_reader(b->db), b->arena, S("g2"), &got),
		ERR_NOT_FOUND);
}

static int64_t revoked_at(struct bench *b, const char *family)
{
	struct refresh_family f = { 0 };

	row_err(family, refresh_family_find(db_reader(b->db), b->arena, str_from(family), &f),
		OK);
	return f.revoked_at;
}

static void a_grant_takes_its_families_along(void **state)
{
	static const struct {
		const char *family, *user, *client, *audience;
		int64_t revoked_at;
	} rows[] = {
		{ "its own", "u1", "c", "api", 50 },
		{ "another audience", "u1", "c", "", 0 },
		{ "another client", "u1", "d", "api", 0 },
		{ "another user", "u2", "c", "api", 0 },
	};
	struct bench *b = *state;
	struct grant g = { .grant_id = S("g"),
		.user_id = S("u1"),
		.client_id = S("c"),
		.audience = S("api"),
		.scope = S("read") };
	struct grant *all;
	size_t n;

	add_user(b, S("u1"), S(""));
	add_user(b, S("u2"), S(""));
	row_err("grant", WRITE(b, grant_add(w, &g, 1)), OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct refresh_family f = { .family_id = str_from(rows[i].family),
			.user_id = str_from(rows[i].user),
			.client_id = str_from(rows[i].client),
			.audience = str_from(rows[i].audience) };

		row_err("family", WRITE(b, refresh_family_insert(w, &f)), OK);
	}
	row_err("list", grant_list_by_user(db_reader(b->db), b->arena, S("u1"), &all, &n), OK);
	row_int("one", (int64_t)n, 1);
	row_err("delete", WRITE(b, grant_delete(w, all[0].grant_id, 50)), OK);
	row_err("gone", WRITE(b, grant_delete(w, all[0].grant_id, 50)), ERR_NOT_FOUND);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].family, revoked_at(b, rows[i].family), rows[i].revoked_at);
}

static void failures_in_a_row(void **state)
{
	static const struct {
		const char *row;
		int64_t since, failures, last;
	} rows[] = {
		{ "all", 0, 4, 30 },
		{ "younger than the first", 10, 3, 30 },
		{ "two in one second count both", 19, 3, 30 },
		{ "none is younger than the last", 30, 0, 0 },
	};
	struct bench *b = *state;
	struct str ana = digest_of(b, "ana"), eve = digest_of(b, "eve");
	int64_t failures, last, deleted;

	for (size_t i = 0; i < 4; i++)
		row_err("fail",
			WRITE(b, attempt_fail(w, ana, (int64_t[]){ 10, 20, 20, 30 }[i], 0)),
			OK);
	row_err("another", WRITE(b, attempt_fail(w, eve, 5, 0)), OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		row_err(rows[i].row,
			attempt_count(db_reader(b->db), ana, rows[i].since, &failures, &last),
			OK);
		row_int(rows[i].row, failures, rows[i].failures);
		row_int(rows[i].row, last, rows[i].last);
	}
	row_err("a late one", WRITE(b, attempt_fail(w, ana, 100, 20)), OK);
	row_err("count", attempt_count(db_reader(b->db), ana, 0, &failures, &last), OK);
	row_int("the old ones are forgotten", failures, 2);

	row_err("clear", WRITE(b, attempt_clear(w, ana)), OK);
	row_err("count", attempt_count(db_reader(b->db), ana, 0, &failures, &last), OK);
	row_int("all are forgotten", failures, 0);
	row_err("prune", WRITE(b, attempt_prune(w, 5, 10, &deleted)), OK);
	row_int("not younger than `before`", deleted, 0);
	row_err("prune", WRITE(b, attempt_prune(w, 6, 10, &deleted)), OK);
	row_int("older", deleted, 1);
}

int user_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_user_comes_back_whole),
		STORE_TEST(who_is_meant_by_a_login),
		STORE_TEST(names_are_taken_once),
		STORE_TEST(an_update_leaves_the_counters),
		STORE_TEST(pages_of_users),
		STORE_TEST(a_user_leaves_with_everything),
		STORE_TEST(nothing_is_given_to_nobody),
		STORE_TEST(a_step_counts_once),
		STORE_TEST(scopes_add_up),
		STORE_TEST(a_grant_takes_its_families_along),
		STORE_TEST(failures_in_a_row),
	};

	return run_store_tests(tests);
}
