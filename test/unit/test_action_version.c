/* SPDX-License-Identifier: Apache-2.0 */

/* The versions of an action inside its document. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tenant/action_version.h"

static struct arena *arena;

static int start(void **state)
{
	(void)state;
	arena = arena_new(64 * 1024);
	return 0;
}

static int finish(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static const struct json *parsed(struct str text)
{
	const struct json *json = NULL;

	assert_int_equal(json_parse(arena, text, &json, NULL), OK);
	return json;
}

static const struct json *draft(const char *code)
{
	return parsed(arena_printf(arena, "{\"name\":\"a\",\"code\":\"%s\"}", code));
}

static const struct json *keep(
	const char *code, const struct json *before, bool deploy, int64_t now)
{
	return parsed(action_version_keep(arena, draft(code), before, deploy, now));
}

static void assert_runs(const struct json *body, int64_t number, const char *code)
{
	struct action_version v;

	assert_true(action_version_deployed(body, &v));
	assert_int_equal(v.number, number);
	assert_true(str_is(v.code, code));
}

static void a_deployed_draft_is_a_version(void **state)
{
	const struct json *one = keep("one", NULL, true, 10);
	const struct json *two = keep("two", one, true, 20);
	struct action_version v;

	(void)state;
	assert_runs(one, 1, "one");
	assert_runs(two, 2, "two");
	assert_true(action_version_find(two, 1, &v));
	assert_true(str_is(v.code, "one"));
	assert_int_equal(v.created_at, 10);
	assert_false(action_version_find(two, 3, &v));
}

static void the_same_code_makes_no_version(void **state)
{
	const struct json *one = keep("one", NULL, true, 10);
	const struct json *again = keep("one", one, true, 20);

	(void)state;
	assert_int_equal(json_get(again, "versions")->count, 1);
	assert_runs(again, 1, "one");
}

static void a_draft_does_not_run(void **state)
{
	const struct json *never = keep("one", NULL, false, 10);
	const struct json *one = keep("one", never, true, 20);
	const struct json *two = keep("two", one, false, 30);
	struct action_version v;

	(void)state;
	assert_false(action_version_deployed(never, &v));
	assert_runs(one, 1, "one");
	assert_runs(two, 1, "one");
	assert_true(str_is(action_version_draft(two).code, "two"));
	assert_int_equal(action_version_draft(two).number, 0);
}

static void rolling_back_keeps_all(void **state)
{
	const struct json *two = keep("two", keep("one", NULL, true, 10), true, 20);
	const struct json *back = parsed(action_version_roll_back(arena, two, 1));

	(void)state;
	assert_runs(back, 1, "one");
	assert_int_equal(json_get(back, "versions")->count, 2);
	/* Deploying the draft again makes a version of its own: what runs is another. */
	assert_runs(parsed(action_version_keep(arena, back, back, true, 30)), 3, "two");
}

static void the_one_that_runs_is_never_dropped(void **state)
{
	const struct json *body = keep("c0", NULL, true, 1);
	struct action_version v;

	(void)state;
	for (int i = 1; i < 30; i++) {
		char code[8];

		(void)snprintf(code, sizeof(code), "c%d", i);
		body = keep(code, body, true, i);
	}
	assert_int_equal(json_get(body, "versions")->count, 20);
	assert_runs(body, 30, "c29");
	assert_false(action_version_find(body, 10, &v));
	body = parsed(action_version_roll_back(arena, body, 11));
	body = keep("new", body, true, 50);
	assert_runs(body, 31, "new");
	assert_int_equal(json_get(body, "versions")->count, 20);
}

static void a_document_without_versions_runs_as_it_is(void **state)
{
	struct action_version v;

	(void)state;
	assert_runs(draft("old"), 0, "old");
	assert_false(
		action_version_deployed(parsed(S("{\"code\":\"x\",\"deployed\":false}")), &v));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deployed_draft_is_a_version),
		cmocka_unit_test(the_same_code_makes_no_version),
		cmocka_unit_test(a_draft_does_not_run),
		cmocka_unit_test(rolling_back_keeps_all),
		cmocka_unit_test(the_one_that_runs_is_never_dropped),
		cmocka_unit_test(a_document_without_versions_runs_as_it_is),
	};

	return cmocka_run_group_tests(tests, start, finish);
}
