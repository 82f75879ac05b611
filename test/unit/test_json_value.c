/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_value.h"

#include <stdlib.h>

#include "arena_rows.h"
#include "json/json_writer.h"

static const struct json *parsed(const char *row, struct str text)
{
	const struct json *value = NULL;
	struct str why = { 0 };

	if (json_parse(a, text, &value, &why))
		fail_msg("%s: " STR_FMT, row, STR_ARG(why));
	return value;
}

static void values_come_back_as_written(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		const char *again; /* NULL: the same */
	} rows[] = {
		{ "null", STR_LIT("null"), NULL },
		{ "true", STR_LIT("true"), NULL },
		{ "false", STR_LIT("false"), NULL },
		{ "a number", STR_LIT("-12"), NULL },
		{ "the least number", STR_LIT("-9223372036854775808"), NULL },
		{ "the largest number", STR_LIT("9223372036854775807"), NULL },
		{ "a real number", STR_LIT("1.5"), NULL },
		{ "a real number stays one", STR_LIT("3.0"), NULL },
		{ "an exponent", STR_LIT("1E2"), "100.0" },
		{ "a string", STR_LIT("\"abc\""), NULL },
		{ "the empty string", STR_LIT("\"\""), NULL },
		{ "escapes", STR_LIT("\"\\u0041\\/\\n\\\"\\\\\\ud83d\\ude00\""),
			"\"A/\\n\\\"\\\\\xf0\x9f\x98\x80\"" },
		{ "the empty map", STR_LIT("{}"), NULL },
		{ "the empty list", STR_LIT("[]"), NULL },
		{ "the order of members", STR_LIT("{\"z\":1,\"a\":2,\"m\":{\"b\":[]}}"), NULL },
		{ "the order of a list", STR_LIT("[3,1,[2,{}],null]"), NULL },
		{ "blanks around", STR_LIT(" \t\r\n[ 1 , 2 ] \n"), "[1,2]" },
		{ "an empty key", STR_LIT("{\"\":1}"), NULL },
		{ "brackets in strings are no depth", STR_LIT("\"[[[[{{{\\\"[[\""), NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct json *value = parsed(rows[i].row, rows[i].text);

		row_bytes(rows[i].row, json_text(a, value),
			rows[i].again ? str_from(rows[i].again) : rows[i].text);
	}
}

static void reading_is_strict(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		const char *why;
	} rows[] = {
		{ "nothing", STR_LIT(""), "empty" },
		{ "absent", { NULL, 0 }, "empty" },
		{ "only blanks", STR_LIT(" \n"), "" },
		{ "two values", STR_LIT("1 2"), "follows" },
		{ "something behind", STR_LIT("{}x"), "follows" },
		{ "a NUL behind", STR_LIT("{}\0"), "" },
		{ "an open map", STR_LIT("{\"a\":1"), "early" },
		{ "a comma too many", STR_LIT("[1,]"), "not JSON" },
		{ "no quotes", STR_LIT("{a:1}"), "not JSON" },
		{ "single quotes", STR_LIT("{'a':1}"), "not JSON" },
		{ "a comment", STR_LIT("/**/1"), "not JSON" },
		{ "a leading zero", STR_LIT("01"), "" },
		{ "a plus sign", STR_LIT("+1"), "not JSON" },
		{ "NaN", STR_LIT("NaN"), "not JSON" },
		{ "an upper-case literal", STR_LIT("True"), "not JSON" },
		{ "a raw line end in a string", STR_LIT("\"a\nb\""), "" },
		{ "a member twice", STR_LIT("{\"a\":1,\"a\":1}"), "twice" },
		{ "a member twice, once escaped", STR_LIT("{\"a\":1,\"\\u0061\":1}"), "twice" },
		{ "a member twice, deep inside", STR_LIT("[{\"a\":{\"b\":1,\"b\":2}}]"),
			"twice" },
		{ "an escaped NUL", STR_LIT("\"a\\u0000b\""), "NUL" },
		{ "an escaped NUL in a key", STR_LIT("{\"a\\u0000\":1}"), "NUL" },
		{ "a raw NUL", STR_LIT("\"a\0b\""), "" },
		{ "a byte that is not UTF-8", STR_LIT("\"\xff\""), "UTF-8" },
		{ "an overlong form", STR_LIT("\"\xc0\xaf\""), "UTF-8" },
		{ "a surrogate in UTF-8", STR_LIT("\"\xed\xa0\x80\""), "UTF-8" },
		{ "half an escaped pair", STR_LIT("\"\\ud83d\""), "not JSON" },
		{ "the wrong half first", STR_LIT("\"\\ude00\\ud83d\""), "not JSON" },
		{ "a byte order mark", STR_LIT("\xef\xbb\xbf{}"), "" },
		{ "an integer too large", STR_LIT("9223372036854775808"), "large" },
		{ "an integer too small", STR_LIT("-9223372036854775809"), "large" },
		{ "a real number too large", STR_LIT("1e999"), "large" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct json untouched = { 0 };
		const struct json *value = &untouched;
		struct str why = { 0 };

		row_int(rows[i].row, json_parse(a, rows[i].text, &value, &why), ERR_INVALID);
		row_true(rows[i].row, value == &untouched);
		row_true(rows[i].row, why.n > 0 && str_find(why, str_from(rows[i].why)) >= 0);
		row_int(rows[i].row, json_parse(a, rows[i].text, &value, NULL), ERR_INVALID);
	}
}

static void the_reason_says_where_and_quotes_nothing(void **state)
{
	const struct json *value;
	struct str why = { 0 };

	(void)state;
	row_int("refused", json_parse(a, S("{\n \"password\": s3cret}"), &value, &why),
		ERR_INVALID);
	row_true("the line", str_starts(why, S("line 2, column ")));
	row_int("not the input", str_find(why, S("s3cret")), -1);
}

static struct str nested(size_t depth)
{
	struct buf b = buf_new(a, 2 * depth);

	for (size_t i = 0; i < depth; i++)
		buf_addc(&b, '[');
	for (size_t i = 0; i < depth; i++)
		buf_addc(&b, ']');
	return buf_str(&b);
}

/* A string of an escaped quote and brackets. */
static struct str quoted(size_t brackets)
{
	struct buf b = buf_new(a, brackets + 8);

	buf_add(&b, S("\"\\\""));
	for (size_t i = 0; i < brackets; i++)
		buf_addc(&b, '[');
	buf_addc(&b, '"');
	return buf_str(&b);
}

static void depth_and_size_are_bounded(void **state)
{
	const struct json *value = NULL;
	size_t n = 16 * 1024 * 1024 + 1;
	char *blanks = malloc(n);

	(void)state;
	row_int("64 levels", json_parse(a, nested(64), &value, NULL), OK);
	row_int("65 levels", json_parse(a, nested(65), &value, NULL), ERR_INVALID);
	row_int("a million levels", json_parse(a, nested(1000000), &value, NULL), ERR_INVALID);
	row_int("wide is not deep", json_parse(a, S("[[],[],[{}],{\"a\":[]}]"), &value, NULL),
		OK);
	row_int("brackets in a string are not deep", json_parse(a, quoted(100), &value, NULL),
		OK);
	assert_non_null(blanks);
	memset(blanks, ' ', n);
	blanks[0] = '1';
	row_int("16 MiB", json_parse(a, (struct str){ blanks, n - 1 }, &value, NULL), OK);
	row_int("a byte more", json_parse(a, (struct str){ blanks, n }, &value, NULL),
		ERR_INVALID);
	free(blanks);
}

static void members_by_name_and_type(void **state)
{
	const struct json *map = parsed(
		"map", S("{\"s\":\"text\",\"e\":\"\",\"i\":42,\"r\":1.5,\"t\":true,\"f\":false,"
			 "\"n\":null,\"l\":[\"a\",1,\"b\"],\"m\":{\"s\":\"inner\"}}"));
	const struct json *list = json_get(map, "l");
	char seen[16] = "";

	(void)state;
	row_int("members are counted", (int64_t)map->count, 9);
	row_str("a string", json_get_str(map, "s"), "text");
	row_true("strings end in a NUL", json_get_str(map, "s").p[4] == '\0');
	row_str("a string of a map inside", json_get_str(json_get(map, "m"), "s"), "inner");
	row_true("a map inside", json_get_map(map, "m") == json_get(map, "m"));
	row_true("a list is no map", json_get_map(map, "l") == NULL);
	row_str("nothing as text", json_text(a, json_get_map(map, "x")), "");
	row_true("a number is no string", json_get_str(map, "i").p == NULL);
	row_true("the empty string is there", json_get(map, "e") && json_get(map, "e")->str.p);
	row_int("a number", json_get_int(map, "i", 7), 42);
	row_int("a real number is no integer", json_get_int(map, "r", 7), 7);
	row_int("a string is no integer", json_get_int(map, "s", 7), 7);
	row_int("a missing integer", json_get_int(map, "x", 7), 7);
	row_true("an integer is a real number too", json_get(map, "i")->real == 42.0);
	row_true("true", json_get_bool(map, "t", false));
	row_true("false", !json_get_bool(map, "f", true));
	row_true("null is not false", json_get_bool(map, "n", true));
	row_true("a missing flag", json_get_bool(map, "x", true));
	row_true("a list has a string", json_list_has(map, "l", S("b")));
	row_true("a list has not another", !json_list_has(map, "l", S("c")));
	row_true("a number in a list is no string", !json_list_has(map, "l", S("1")));
	row_true("a string is no list", !json_list_has(map, "s", S("text")));
	row_true("a missing list", !json_list_has(map, "x", S("a")));
	row_true("no member of nothing", json_get(NULL, "s") == NULL);
	row_true("no member of a list", json_get(list, "s") == NULL);
	row_true("a prefix of a name is no name", json_get(map, "") == NULL);
	json_each(child, list) snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
		STR_FMT ".", STR_ARG(child->str));
	row_str("each child, in order", str_from(seen), "a..b.");
	json_each(child, (const struct json *)NULL)
		fail_msg("NULL has no children, but %p", (const void *)child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_come_back_as_written),
		cmocka_unit_test(reading_is_strict),
		cmocka_unit_test(the_reason_says_where_and_quotes_nothing),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(members_by_name_and_type),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
