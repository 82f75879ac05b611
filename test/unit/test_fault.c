/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/fault.h"
#include "oidc_support.h"

static void what_is_reflected_is_cut_and_cleaned(void **state)
{
	static const struct {
		const char *when;
		struct str value;
		const char *shown;
	} rows[] = {
		{ "plain", STR_LIT("shop"), "<shop>" },
		{ "empty", STR_LIT(""), "<>" },
		{ "quote and backslash", STR_LIT("a\"b\\c"), "<a?b?c>" },
		{ "the ends of the three ranges", STR_LIT(" !#[]~"), "< !#[]~>" },
		{ "just outside of them", STR_LIT("\x1f\x22\x5c\x7f"), "<?\?\?\?>" },
		{ "line breaks and NUL", STR_LIT("a\r\n\0b"), "<a?\?\?b>" },
		{ "two bytes of one letter", STR_LIT("\xc3\xa4"), "<\?\?>" },
		{ "markup stays as it is", STR_LIT("<b>'&"), "<<b>'&>" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fault *fault = fault_with(arena, "invalid_request",
			REASON_CLIENT_UNKNOWN, "<", rows[i].value, ">");

		assert_str(fault->description, rows[i].shown);
		assert_string_equal(fault->error, "invalid_request");
		assert_int_equal(fault->reason, REASON_CLIENT_UNKNOWN);
	}
}

static void two_hundred_bytes_are_shown(void **state)
{
	char *many = arena_alloc(arena, 300);
	const struct fault *fault;

	(void)state;
	memset(many, 'x', 300);
	fault = fault_with(arena, "invalid_request", REASON_REQUEST_INVALID, "",
		(struct str){ many, 200 }, ".");
	assert_int_equal(fault->description.n, 201);
	fault = fault_with(arena, "invalid_request", REASON_REQUEST_INVALID, "",
		(struct str){ many, 201 }, ".");
	assert_int_equal(fault->description.n, 201);
}

static void error_uri_names_reason_and_request(void **state)
{
	(void)state;
	assert_str(fault_uri(arena, S("https://op.example/"), REASON_NO_SESSION,
			   S("0123456789abcdefABCDEF")),
		"https://op.example/why/no_session?id=0123456789abcdefABCDEF");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_reflected_is_cut_and_cleaned),
		cmocka_unit_test(two_hundred_bytes_are_shown),
		cmocka_unit_test(error_uri_names_reason_and_request),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
