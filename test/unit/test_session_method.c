/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "oidc/session/session_method.h"

/* As login/sign_in.c and actions/effect.c write them; a URL may hold braces and commas. */
static const struct str rows =
	STR_LIT("[{\"name\":\"pwd\",\"timestamp\":1763758800000},"
		"{\"name\":\"https://id.example/?a={b},c:[d]\",\"timestamp\":0},"
		"{\"name\":\"mfa\",\"timestamp\":1763758800999,\"type\":\"totp\"}]");

static void test_each_method_comes_with_its_own_members(void **state)
{
	static const struct {
		const char *name;
		const char *type;
		int64_t timestamp_ms;
	} wanted[] = {
		{ "pwd", "", 1763758800000 },
		{ "https://id.example/?a={b},c:[d]", "", 0 },
		{ "mfa", "totp", 1763758800999 },
	};
	struct str rest = rows;
	struct session_method method;

	(void)state;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_true(session_method_next(&rest, &method));
		assert_true(str_is(method.name, wanted[i].name));
		assert_true(str_is(method.type, wanted[i].type));
		assert_int_equal(method.timestamp_ms, wanted[i].timestamp_ms);
	}
	assert_false(session_method_next(&rest, &method));
}

static void test_a_method_without_members_takes_none_of_the_next(void **state)
{
	struct str rest =
		S("[{\"name\":\"pwd\"},{\"name\":\"mfa\",\"timestamp\":5,\"type\":\"otp\"}]");
	struct session_method method;

	(void)state;
	assert_true(session_method_next(&rest, &method));
	assert_true(str_is(method.name, "pwd"));
	assert_int_equal(method.timestamp_ms, 0);
	assert_int_equal(method.type.n, 0);
	assert_true(session_method_next(&rest, &method));
	assert_int_equal(method.timestamp_ms, 5);
}

static void test_what_is_cut_off_ends_the_list(void **state)
{
	struct session_method method;

	(void)state;
	/* Every beginning of the rows; the sanitizers watch what is read behind it. */
	for (size_t n = 0; n <= rows.n; n++) {
		struct str rest = str_first(rows, n);
		int count = 0;

		while (session_method_next(&rest, &method))
			count++;
		assert_in_range(count, 0, 3);
	}
}

static void test_names_and_words_of_amr(void **state)
{
	struct arena *a = arena_new(512);

	(void)state;
	assert_true(session_has_method(rows, S("mfa")));
	assert_false(session_has_method(rows, S("totp")));
	assert_true(
		str_is(session_method_names(a, S("[{\"name\":\"pwd\",\"timestamp\":1},"
						 "{\"name\":\"passkey\",\"timestamp\":2}]")),
			"pwd pop"));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_method_comes_with_its_own_members),
		cmocka_unit_test(test_a_method_without_members_takes_none_of_the_next),
		cmocka_unit_test(test_what_is_cut_off_ends_the_list),
		cmocka_unit_test(test_names_and_words_of_amr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
