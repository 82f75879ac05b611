/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/yaml_value.h"

#include "tenant/document_secret.h"
#include "tenant_support.h"
#include "json/json_writer.h"

static struct str as_json(const struct json *value)
{
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);

	json_value(&w, value);
	return buf_str(&b);
}

static void yaml_becomes_json(void **state)
{
	static const struct {
		const char *yaml, *json;
	} rows[] = {
		{ "a: 1\nb: [x, 'y', \"z\"]\n", "{\"a\":1,\"b\":[\"x\",\"y\",\"z\"]}" },
		{ "- a: b\n  c: d\n- e", "[{\"a\":\"b\",\"c\":\"d\"},\"e\"]" },
		{ "{\"a\": {\"b\": [true, null, -1.5e3]}}",
			"{\"a\":{\"b\":[true,null,-1500.0]}}" },
		{ "a: ~\nb:\nc: null\nd: NULL",
			"{\"a\":null,\"b\":null,\"c\":null,\"d\":null}" },
		{ "[true, True, TRUE, false, yes, no, on, off, y, n]",
			"[true,true,true,false,\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\"]" },
		{ "[0, -0, 7, -12, 007, +1, 0x1F, 0o17, 1_000, 1:30]",
			"[0,0,7,-12,\"007\",\"+1\",\"0x1F\",\"0o17\",\"1_000\",\"1:30\"]" },
		{ "[1.5, .5, 1., 1e2, .inf, .nan, 2026-11-21]",
			"[1.5,\".5\",\"1.\",100.0,\".inf\",\".nan\",\"2026-11-21\"]" },
		{ "[9223372036854775807, 9223372036854775808]",
			"[9223372036854775807,\"9223372036854775808\"]" },
		{ "a: |\n  one\n  two\n", "{\"a\":\"one\\ntwo\\n\"}" },
		{ "a: >\n  one\n  two\n", "{\"a\":\"one two\\n\"}" },
		{ "a: !!str 1\nb: '1'\nc: \"true\"",
			"{\"a\":\"1\",\"b\":\"1\",\"c\":\"true\"}" },
		{ "a: &x [1, 2]\nb: *x", "{\"a\":[1,2],\"b\":[1,2]}" },
		{ "a: b # comment\n# another\n", "{\"a\":\"b\"}" },
		{ "a: \"\\u00e9\"", "{\"a\":\"\303\251\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct json *value = NULL;
		struct str why = { 0 };
		unsigned line = 0;

		if (yaml_parse(a, str_from(rows[i].yaml), &value, &why, &line))
			fail_msg("%s\n    line %u: " STR_FMT, rows[i].yaml, line, STR_ARG(why));
		row_str(rows[i].yaml, as_json(value), rows[i].json);
	}
}

static void what_json_cannot_say_is_refused(void **state)
{
	static const struct {
		const char *row, *yaml;
		unsigned line;
	} rows[] = {
		{ "the same key twice", "a: 1\nb: 2\na: 3", 3 },
		{ "a key that is a list", "? [a]\n: b", 1 },
		{ "a merge key", "x: &x {a: b}\ny:\n  <<: *x", 3 },
		{ "a tag", "a: !!binary aGk=", 1 },
		{ "a tag of one's own", "a: !ruby/object x", 1 },
		{ "an alias to nothing", "a: b\nc: *x", 2 },
		{ "a second document", "a: b\n---\nc: d", 2 },
		{ "a bad indent", "a:\n  b: c\n d: e", 3 },
		{ "a tab", "a:\n\tb: c", 2 },
		{ "an end too soon", "a: [b, c", 2 },
		{ "NUL", "a: \"\\0\"", 1 },
		{ "nothing", "", 1 },
		{ "bytes that are not UTF-8", "a: \xff", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct json *value = NULL;
		struct str why = { 0 };
		unsigned line = 0;

		row_int(rows[i].row, yaml_parse(a, str_from(rows[i].yaml), &value, &why, &line),
			ERR_INVALID);
		row_true(rows[i].row, why.n > 0 && value == NULL);
		if (rows[i].yaml[0] && rows[i].yaml[3] != '\xff' && i != 9)
			row_int(rows[i].row, line, rows[i].line);
	}
}

/* Ten levels of ten: a small file that would be 10^10 values. */
static void many_aliases_stay_small(void **state)
{
	struct buf b = buf_new(a, 1024);
	const struct json *value;
	struct str why;
	unsigned line;

	(void)state;
	buf_add(&b, S("a0: &a0 [x]\n"));
	for (int i = 1; i <= 10; i++)
		buf_addf(&b, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n",
			i, i, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1,
			i - 1);
	row_int("refused", yaml_parse(a, buf_str(&b), &value, &why, &line), ERR_INVALID);
	row_str("and said", why, "too many values by alias (*)");
}

static void deep_nesting_is_refused(void **state)
{
	struct buf b = buf_new(a, 4096);
	const struct json *value;
	struct str why;
	unsigned line;

	(void)state;
	for (int i = 0; i < 2000; i++)
		buf_addc(&b, '[');
	row_int("refused", yaml_parse(a, buf_str(&b), &value, &why, &line), ERR_INVALID);
}

static void lines_are_known(void **state)
{
	const struct json *value = NULL;
	struct str why;
	unsigned line;

	(void)state;
	row_int("parses",
		yaml_parse(a, S("a: 1\n\nb:\n  - c\n  - d: e\n"), &value, &why, &line), OK);
	row_int("the map", yaml_line(value), 1);
	row_int("a list", yaml_line(json_get(value, "b")), 4);
	row_int("an item", yaml_line(json_get(value, "b")->first->next), 5);
}

/* What is written reads back as the same, however odd. */
static void writing_and_reading_are_one(void **state)
{
	static const char *const rows[] = {
		"{'a': 1, 'b': [true, false, null, 1.5, -3], 'c': {}, 'd': []}",
		"['', ' ', ' a', 'a ', 'true', 'null', '~', '1', '1.5', '007', 'yes', 'No']",
		"['a: b', '# x', '- x', '[x]', '{x}', '*x', '&x', '!x', '%x', '@x', '`x', '|', "
		"'>']",
		"['one\\ntwo', 'one\\n', '\\none', ' one\\ntwo', 'tab\\there', 'cr\\rhere', "
		"'a\\n\\n\\nb\\n\\n']",
		"['\\u00e9', '\\u2028', '\\u0085', '\\ud83d\\ude00', '\\u0001', 'a\\\\b']",
		"{'~': 1, 'true': 2, '1': 3, 'a b': 4, 'a: b': 5, 'y': 6}",
		"{'code': 'exports.onExecutePostLogin = async (event, api) => {\\n\\tif "
		"(x) {\\n\\t}\\n};\\n'}",
		"['2026-11-21', '12:30', '+49 30', '.5', '-', '--- x', '=', '<<']",
		"[['a', ['b', ['c']]], {'a': {'b': {'c': [1]}}}]",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct json *before = json_of(rows[i]);
		struct str text = yaml_write(a, before);
		const struct json *after = NULL;
		struct str why = { 0 };
		unsigned line = 0;

		if (yaml_parse(a, text, &after, &why, &line) || !document_same(before, after))
			fail_msg("%s\n    became (" STR_FMT ", line %u)\n" STR_FMT, rows[i],
				STR_ARG(why), line, STR_ARG(text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yaml_becomes_json),
		cmocka_unit_test(what_json_cannot_say_is_refused),
		cmocka_unit_test(many_aliases_stay_small),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(lines_are_known),
		cmocka_unit_test(writing_and_reading_are_one),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
