/* SPDX-License-Identifier: Apache-2.0 */

/* Reading an authorization request: what is understood, and what is kept as not understood. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "oidc/authorize/authorize_request.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(65536);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static struct authorize_request read(const char *query)
{
	return authorize_request_read(arena, str_from(query));
}

static void response_type_and_mode(void **state)
{
	static const struct {
		const char *query;
		unsigned type;
		enum response_mode_kind mode;
		bool mode_known;
	} rows[] = {
		{ "response_type=code", RESPONSE_CODE, MODE_QUERY, true },
		{ "response_type=code&response_mode=fragment", RESPONSE_CODE, MODE_FRAGMENT,
			true },
		{ "response_type=code&response_mode=form_post", RESPONSE_CODE, MODE_FORM_POST,
			true },
		{ "response_type=code&response_mode=web_message", RESPONSE_CODE,
			MODE_WEB_MESSAGE, true },
		{ "response_type=id_token", RESPONSE_ID_TOKEN, MODE_FRAGMENT, true },
		{ "response_type=token%20id_token", RESPONSE_TOKEN | RESPONSE_ID_TOKEN,
			MODE_FRAGMENT, true },
		{ "response_type=id_token+token", RESPONSE_TOKEN | RESPONSE_ID_TOKEN,
			MODE_FRAGMENT, true },
		{ "response_type=token+id_token+code",
			RESPONSE_CODE | RESPONSE_TOKEN | RESPONSE_ID_TOKEN, MODE_FRAGMENT,
			true },
		{ "response_type=id_token&response_mode=query", RESPONSE_ID_TOKEN,
			MODE_FRAGMENT, false },
		{ "response_type=code&response_mode=smoke", RESPONSE_CODE, MODE_QUERY, false },
		{ "response_type=code&response_mode=", RESPONSE_CODE, MODE_QUERY, true },
		{ "response_type=codes", 0, MODE_QUERY, true },
		{ "response_type=code+code", 0, MODE_QUERY, true },
		{ "response_type=id_token+elephant", 0, MODE_FRAGMENT, true },
		{ "", 0, MODE_QUERY, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct authorize_request ar = read(rows[i].query);

		if (ar.response_type != rows[i].type || ar.mode != rows[i].mode ||
			ar.mode_known != rows[i].mode_known)
			fail_msg("%s", rows[i].query);
	}
}

static void prompts(void **state)
{
	static const struct {
		const char *query;
		unsigned prompt;
		bool known;
	} rows[] = {
		{ "", 0, true },
		{ "prompt=none", PROMPT_NONE, true },
		{ "prompt=login", PROMPT_LOGIN, true },
		{ "prompt=login+consent", PROMPT_LOGIN | PROMPT_CONSENT, true },
		{ "prompt=none+login", PROMPT_NONE | PROMPT_LOGIN, true },
		{ "prompt=none+nap", PROMPT_NONE, false },
		{ "prompt=nap", 0, false },
		{ "prompt=NONE", 0, false },
		{ "prompt=login+login", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct authorize_request ar = read(rows[i].query);

		if (ar.prompt != rows[i].prompt || ar.prompt_known != rows[i].known)
			fail_msg("%s", rows[i].query);
	}
}

static void max_age(void **state)
{
	static const struct {
		const char *query;
		int64_t max_age;
	} rows[] = {
		{ "", MAX_AGE_ABSENT },
		{ "max_age=", MAX_AGE_ABSENT },
		{ "max_age=0", 0 },
		{ "max_age=60", 60 },
		{ "max_age=0060", 60 },
		{ "max_age=-1", MAX_AGE_MALFORMED },
		{ "max_age=%2B5", MAX_AGE_MALFORMED },
		{ "max_age=+5", MAX_AGE_MALFORMED },
		{ "max_age=5+", MAX_AGE_MALFORMED },
		{ "max_age=1.5", MAX_AGE_MALFORMED },
		{ "max_age=99999999999999999999", MAX_AGE_MALFORMED },
		{ "max_age=abc", MAX_AGE_MALFORMED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (read(rows[i].query).max_age != rows[i].max_age)
			fail_msg("%s", rows[i].query);
}

static void origins(void **state)
{
	static const struct {
		const char *query;
		const char *origin;
	} rows[] = {
		{ "redirect_uri=https%3A%2F%2FApp.Example%3A443%2Fcb%3Fa%3D1",
			"https://app.example" },
		{ "redirect_uri=http%3A%2F%2Fapp.localhost%3A8080%2F",
			"http://app.localhost:8080" },
		{ "redirect_uri=com.app%3A%2Fcb", "" },
		{ "redirect_uri=javascript%3Aalert(1)", "" },
		{ "redirect_uri=nonsense", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!str_is(read(rows[i].query).redirect_origin, rows[i].origin))
			fail_msg("%s", rows[i].query);
}

static void an_empty_parameter_is_as_if_not_sent_and_the_first_counts(void **state)
{
	struct authorize_request ar = read("nonce=&nonce=a&nonce=b&state=x%3D%3D&extra=1");

	(void)state;
	assert_true(str_is(ar.nonce, "a"));
	assert_true(str_is(ar.state, "x=="));
}

static void names_of_types(void **state)
{
	(void)state;
	assert_string_equal(
		response_type_name(RESPONSE_CODE | RESPONSE_ID_TOKEN), "code id_token");
	assert_string_equal(response_type_name(99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(response_type_and_mode),
		cmocka_unit_test(prompts),
		cmocka_unit_test(max_age),
		cmocka_unit_test(origins),
		cmocka_unit_test(an_empty_parameter_is_as_if_not_sent_and_the_first_counts),
		cmocka_unit_test(names_of_types),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
