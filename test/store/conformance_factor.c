/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance.h"

/* What factor.h says of data, and remembered_browser.h. */

#include "store/factor.h"
#include "store/remembered_browser.h"
#include "store/user.h"

enum { DAY = 86400 };

static void data_changes_from_what_was_read(void **state)
{
	struct bench *b = *state;
	struct factor f = { .factor_id = S("w"),
		.user_id = S("u1"),
		.type = S("passkey"),
		.data = S("{\"count\":1}") };
	struct factor got;
	bool any = true;

	add_user(b, S("u1"), S(""));
	row_err("any", factor_any_passkey(db_reader(b->db), &any), OK);
	row_true("no passkey yet", !any);
	row_err("insert", WRITE(b, factor_insert(w, &f)), OK);
	row_err("any", factor_any_passkey(db_reader(b->db), &any), OK);
	row_true("a passkey", any);
	row_err("change", WRITE(b, factor_change(w, S("w"), f.data, S("{\"count\":2}"), 7)),
		OK);
	row_err("from the same again",
		WRITE(b, factor_change(w, S("w"), f.data, S("{\"count\":3}"), 8)),
		ERR_CONFLICT);
	row_err("nobody's", WRITE(b, factor_change(w, S("x"), f.data, f.data, 8)),
		ERR_CONFLICT);
	row_err("find", factor_find(db_reader(b->db), b->arena, S("w"), &got), OK);
	row_str("data", got.data, "{\"count\":2}");
	row_int("used", got.last_used_at, 7);
	row_true("confirmed by use", got.confirmed);
	row_err("find", factor_find(db_reader(b->db), b->arena, S("x"), &got), ERR_NOT_FOUND);
}

static void a_factor_is_renamed_by_its_owner(void **state)
{
	struct bench *b = *state;
	struct factor f = {
		.factor_id = S("w"), .user_id = S("u1"), .type = S("totp"), .data = S("{}")
	};
	struct factor got;

	add_user(b, S("u1"), S(""));
	row_err("insert", WRITE(b, factor_insert(w, &f)), OK);
	row_err("rename", WRITE(b, factor_rename(w, S("u1"), S("w"), S("Téléphone"))), OK);
	row_err("find", factor_find(db_reader(b->db), b->arena, S("w"), &got), OK);
	row_str("name", got.name, "Téléphone");
	row_err("of another", WRITE(b, factor_rename(w, S("u2"), S("w"), S("x"))),
		ERR_NOT_FOUND);
	row_err("find", factor_find(db_reader(b->db), b->arena, S("w"), &got), OK);
	row_str("as before", got.name, "Téléphone");
}

static enum err remember(struct db_conn *w, struct str before, struct str browser,
	struct str user_id, int64_t now)
{
	return remembered_browser_add(w, before,
		&(struct remembered_browser){ .browser = browser,
			.user_id = user_id,
			.user_agent = S("Firefox"),
			.ip = S("192.0.2.1"),
			.created_at = now });
}

static void a_browser_is_remembered_for_its_time(void **state)
{
	static const struct {
		const char *row;
		int64_t now;
		enum err want;
	} rows[] = {
		{ "at once", 1000, OK },
		{ "one second before 7 days", 1000 + 7 * DAY - 1, OK },
		{ "7 days without use", 1000 + 7 * DAY, ERR_NOT_FOUND },
	};
	struct bench *b = *state;
	struct str here = digest_of(b, "here");
	int64_t last = 0;

	add_user(b, S("u1"), S(""));
	row_err("add", WRITE(b, remember(w, S(""), here, S("u1"), 1000)), OK);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_err(rows[i].row,
			remembered_browser_find(
				db_reader(b->db), here, S("u1"), rows[i].now, &last),
			rows[i].want);
	row_int("the use that was written down", last, 1000);
	for (int64_t day = 6; day < 30; day += 6)
		row_err("use",
			WRITE(b, remembered_browser_touch(w, here, S("u1"), 1000 + day * DAY)),
			OK);
	row_err("one second before 30 days",
		remembered_browser_find(
			db_reader(b->db), here, S("u1"), 1000 + 30 * DAY - 1, &last),
		OK);
	row_err("30 days, used or not",
		remembered_browser_find(
			db_reader(b->db), here, S("u1"), 1000 + 30 * DAY, &last),
		ERR_NOT_FOUND);
}

static void a_browser_is_remembered_for_a_user(void **state)
{
	struct bench *b = *state;
	struct str here = digest_of(b, "here"), next = digest_of(b, "next");
	int64_t last, deleted = 0;

	add_user(b, S("u1"), S(""));
	add_user(b, S("u2"), S(""));
	row_err("add", WRITE(b, remember(w, S(""), here, S("u1"), 5)), OK);
	row_err("another", remembered_browser_find(db_reader(b->db), here, S("u2"), 6, &last),
		ERR_NOT_FOUND);
	row_err("the other too", WRITE(b, remember(w, here, next, S("u2"), 6)), OK);
	row_err("the secret before",
		remembered_browser_find(db_reader(b->db), here, S("u1"), 6, &last),
		ERR_NOT_FOUND);
	row_err("both moved along",
		remembered_browser_find(db_reader(b->db), next, S("u1"), 6, &last), OK);
	row_err("again", WRITE(b, remember(w, next, here, S("u2"), 9)), OK);
	row_err("begins anew",
		remembered_browser_find(db_reader(b->db), here, S("u2"), 9, &last), OK);
	row_int("from now", last, 9);
	row_err("forget", WRITE(b, remembered_browser_forget(w, S("u2"))), OK);
	row_err("forgotten", remembered_browser_find(db_reader(b->db), here, S("u2"), 9, &last),
		ERR_NOT_FOUND);
	row_err("prune", WRITE(b, remembered_browser_prune(w, 5 + 7 * DAY - 1, 9, &deleted)),
		OK);
	row_int("not before its time", deleted, 0);
	row_err("prune", WRITE(b, remembered_browser_prune(w, 5 + 7 * DAY, 9, &deleted)), OK);
	row_int("past it", deleted, 1);
	row_err("nobody's", WRITE(b, remember(w, S(""), here, S("u9"), 5)), ERR_CONFLICT);
}

static void remembered_browsers_are_listed_and_forgotten(void **state)
{
	struct bench *b = *state;
	struct str one = digest_of(b, "one"), two = digest_of(b, "two");
	struct remembered_browser *list;
	size_t count = 9;

	add_user(b, S("u1"), S(""));
	add_user(b, S("u2"), S(""));
	row_err("one", WRITE(b, remember(w, S(""), one, S("u1"), 5)), OK);
	row_err("two", WRITE(b, remember(w, S(""), two, S("u1"), 6)), OK);
	row_err("hers", WRITE(b, remember(w, S(""), one, S("u2"), 7)), OK);
	row_err("list",
		remembered_browser_list(db_reader(b->db), b->arena, S("u1"), 8, &list, &count),
		OK);
	row_int("both", (int64_t)count, 2);
	row_bytes("used last first", list[0].browser, two);
	row_bytes("whose", list[0].user_id, S("u1"));
	row_bytes("by what", list[0].user_agent, S("Firefox"));
	row_bytes("from where", list[0].ip, S("192.0.2.1"));
	row_int("since", list[0].created_at, 6);
	row_int("used", list[0].last_used_at, 6);
	row_err("not another's", WRITE(b, remembered_browser_forget_one(w, S("u2"), two)),
		ERR_NOT_FOUND);
	row_err("forget", WRITE(b, remembered_browser_forget_one(w, S("u1"), one)), OK);
	row_err("again", WRITE(b, remembered_browser_forget_one(w, S("u1"), one)),
		ERR_NOT_FOUND);
	row_err("list",
		remembered_browser_list(db_reader(b->db), b->arena, S("u1"), 8, &list, &count),
		OK);
	row_int("the other", (int64_t)count, 1);
	row_err("list",
		remembered_browser_list(
			db_reader(b->db), b->arena, S("u1"), 6 + 7 * DAY, &list, &count),
		OK);
	row_int("not beyond their time", (int64_t)count, 0);
	row_err("list",
		remembered_browser_list(db_reader(b->db), b->arena, S("u2"), 8, &list, &count),
		OK);
	row_int("hers is still there", (int64_t)count, 1);
}

int factor_tests(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(data_changes_from_what_was_read),
		STORE_TEST(a_factor_is_renamed_by_its_owner),
		STORE_TEST(a_browser_is_remembered_for_its_time),
		STORE_TEST(a_browser_is_remembered_for_a_user),
		STORE_TEST(remembered_browsers_are_listed_and_forgotten),
	};

	return run_store_tests(tests);
}
