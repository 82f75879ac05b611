/* SPDX-License-Identifier: Apache-2.0 */

/* When a jwks_uri is asked, and when it is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "oidc/client/client_jwks.h"

enum { NOW = 1800000000 };

static const char *answer; /* NULL: nobody answers */
static bool is_busy;
static int asked;

static enum err fetch_here(
	struct arena *a, struct str_list may_be_private, struct str url, struct str *ret)
{
	(void)a;
	(void)may_be_private;
	assert_true(str_starts(url, S("https://")));
	if (is_busy)
		return ERR_BUSY;
	asked++;
	if (answer == NULL)
		return ERR_IO;
	*ret = str_from(answer);
	return OK;
}

static const char one[] = "{\"keys\":[{\"kid\":\"one\"}]}";
static const char two[] = "{\"keys\":[{\"kid\":\"two\"}]}";

static void it_is_asked_when_it_has_to_be(void **state)
{
	const struct {
		const char *when;
		const char *answer;
		const char *kid;
		int64_t at;
		bool may_block;
		enum err err;
		int asked; /* in all */
		const char *text;
	} rows[] = {
		{ "on a loop thread", one, "one", 0, false, ERR_WOULD_BLOCK, 0, NULL },
		{ "first", one, "one", 0, true, OK, 1, one },
		{ "again, on a loop thread", one, "one", 1, false, OK, 1, one },
		{ "any kid", one, "", 2, true, OK, 1, one },
		{ "an unknown kid, too soon", two, "two", 9, true, OK, 1, one },
		{ "after ten seconds, on a loop", two, "two", 10, false, ERR_WOULD_BLOCK, 1,
			NULL },
		{ "after ten seconds", two, "two", 10, true, OK, 2, two },
		{ "the old kid, too soon", one, "one", 19, true, OK, 2, two },
		{ "still fresh", one, "two", 3609, true, OK, 2, two },
		{ "stale, and nobody answers", NULL, "two", 3610, true, OK, 3, two },
		{ "and not at once again", one, "two", 3669, true, OK, 3, two },
		{ "nor for an unknown kid", one, "one", 3669, true, OK, 3, two },
		{ "stale", one, "one", 3670, true, OK, 4, one },
	};
	const struct tenant tenant = { .name = S("default") };
	struct arena *a = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str text = S("");
		enum err err;

		answer = rows[i].answer;
		err = client_jwks_get(&tenant, a, S("https://rp.example/jwks"),
			str_from(rows[i].kid), NOW + rows[i].at, rows[i].may_block, fetch_here,
			&text);
		if (err != rows[i].err || asked != rows[i].asked ||
			(rows[i].text != NULL && !str_is(text, rows[i].text)))
			fail_msg("%s: err %d, asked %d", rows[i].when, err, asked);
	}
	arena_free(a);
}

static void many_are_kept_beside_each_other(void **state)
{
	const struct tenant tenant = { .name = S("default") };
	struct arena *a = arena_new(4096);
	struct str text;

	(void)state;
	answer = one;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 100; i++)
			assert_int_equal(
				client_jwks_get(&tenant, a,
					arena_printf(a, "https://rp%d.example/jwks", i),
					S("one"), NOW + i, round == 0, fetch_here, &text),
				OK);
	arena_free(a);
}

static void one_that_never_answers(void **state)
{
	const struct tenant tenant = { .name = S("default") };
	struct arena *a = arena_new(4096);
	struct str text;
	int before = asked;

	(void)state;
	answer = NULL;
	for (int i = 0; i < 60; i++)
		assert_int_equal(client_jwks_get(&tenant, a, S("https://silent.example/jwks"),
					 S("x"), NOW + i, true, fetch_here, &text),
			ERR_INVALID);
	assert_int_equal(asked - before, 1);
	arena_free(a);
}

/* Nobody was asked, so nothing is held against the URL. */
static void others_are_being_fetched(void **state)
{
	static const struct {
		bool is_busy;
		const char *answer;
		const char *kid;
		int64_t at;
		enum err err;
		int asked;
		const char *text;
	} rows[] = {
		{ true, one, "one", 0, ERR_BUSY, 0, NULL },
		{ true, one, "one", 0, ERR_BUSY, 0, NULL },
		{ false, one, "one", 0, OK, 1, one },
		{ true, two, "two", 10, OK, 1, one },
		{ false, two, "two", 10, OK, 2, two },
		{ true, one, "two", 3610, OK, 2, two },
		{ false, NULL, "two", 3610, OK, 3, two },
		{ true, one, "one", 3670, OK, 3, two },
		{ false, one, "one", 3670, OK, 4, one },
	};
	const struct tenant tenant = { .name = S("default") };
	struct arena *a = arena_new(4096);
	int before = asked;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str text = S("");
		enum err err;

		answer = rows[i].answer;
		is_busy = rows[i].is_busy;
		err = client_jwks_get(&tenant, a, S("https://busy.example/jwks"),
			str_from(rows[i].kid), NOW + rows[i].at, true, fetch_here, &text);
		if (err != rows[i].err || asked - before != rows[i].asked ||
			(rows[i].text != NULL && !str_is(text, rows[i].text)))
			fail_msg("row %zu: err %d, asked %d", i, err, asked - before);
	}
	is_busy = false;
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_asked_when_it_has_to_be),
		cmocka_unit_test(many_are_kept_beside_each_other),
		cmocka_unit_test(one_that_never_answers),
		cmocka_unit_test(others_are_being_fetched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
