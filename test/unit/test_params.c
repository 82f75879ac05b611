/* SPDX-License-Identifier: Apache-2.0 */
#include "http/params.h"

#include "arena_rows.h"
#include "base/buf.h"

/* name=value, '!' for malformed, '*' for repeated; then the flags of the whole. */
static struct str shown(const struct params *params)
{
	struct buf b = buf_new(a, 256);

	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		buf_addf(&b, "[" STR_FMT "=" STR_FMT "%s%s]", STR_ARG(p->name),
			STR_ARG(p->value), p->malformed ? "!" : "", p->repeated ? "*" : "");
	}
	buf_addf(&b, "%s%s", params->too_many ? " too many" : "",
		params->malformed_name ? " malformed name" : "");
	return buf_str(&b);
}

static void texts_become_parameters(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		const char *want;
	} rows[] = {
		{ "in the order sent", STR_LIT("b=1&a=2"), "[b=1][a=2]" },
		{ "nothing", STR_LIT(""), "" },
		{ "absent", { NULL, 0 }, "" },
		{ "only separators", STR_LIT("&&=&=&"), "" },
		{ "an empty value is as if not sent", STR_LIT("a=&b=1"), "[b=1]" },
		{ "a name alone is as if not sent", STR_LIT("a&b=1"), "[b=1]" },
		{ "a value without a name is nothing", STR_LIT("=1&b=1"), "[b=1]" },
		{ "a value may hold =", STR_LIT("a=b=c=="), "[a=b=c==]" },
		{ "blanks and escapes", STR_LIT("a=x+y%20z%2B&b%20c=1"), "[a=x y z+][b c=1]" },
		{ "an escaped separator is data", STR_LIT("a=1%26b%3D2"), "[a=1&b=2]" },
		{ "a semicolon is data", STR_LIT("a=1;b=2"), "[a=1;b=2]" },
		{ "it is decoded once", STR_LIT("a=%252B"), "[a=%2B]" },
		{ "names differ by case", STR_LIT("A=1&a=2"), "[A=1][a=2]" },
		{ "a name that comes again", STR_LIT("a=1&b=2&a=3"), "[a=1*][b=2][a=3]" },
		{ "the same value again", STR_LIT("a=1&a=1"), "[a=1*][a=1]" },
		{ "again, under another spelling", STR_LIT("a=1&%61=2"), "[a=1*][a=2]" },
		{ "empty first is not repeated", STR_LIT("a=&a=1"), "[a=1]" },
		{ "empty again is not repeated", STR_LIT("a=1&a="), "[a=1]" },
		{ "malformed again is repeated", STR_LIT("a=1&a=%"), "[a=1*][a=!]" },
		{ "malformed first is repeated", STR_LIT("a=%&a=1"), "[a=!*][a=1]" },
		{ "a broken escape", STR_LIT("a=x%2&b=1"), "[a=!][b=1]" },
		{ "an escaped NUL", STR_LIT("a=x%00y"), "[a=!]" },
		{ "a raw NUL", STR_LIT("a=x\0y"), "[a=!]" },
		{ "not UTF-8", STR_LIT("a=%ff"), "[a=!]" },
		{ "an overlong slash", STR_LIT("a=%c0%af"), "[a=!]" },
		{ "UTF-8", STR_LIT("a=%E2%82%AC"), "[a=\xe2\x82\xac]" },
		{ "a broken escape in a name", STR_LIT("%zz=1&b=1"), "[b=1] malformed name" },
		{ "a name that is not UTF-8", STR_LIT("%ff=1&b=1"), "[b=1] malformed name" },
		{ "a broken name without a value", STR_LIT("%zz=&b=1"), "[b=1]" },
		{ "controls in a value are kept", STR_LIT("a=x%0Ay"), "[a=x\ny]" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct params params = params_read(a, rows[i].text);

		row_str(rows[i].row, shown(&params), rows[i].want);
		arena_reset(a);
	}
}

static struct params read_many(const char *before, const char *after, int count)
{
	struct buf b = buf_new(a, 1024);

	for (int i = 0; i < count; i++)
		buf_addf(&b, "%s%d%s", before, i, after);
	return params_read(a, buf_str(&b));
}

static void there_is_a_limit(void **state)
{
	struct params params = read_many("p", "=1&", PARAMS_MAX);

	(void)state;
	row_int("as many as allowed", (int64_t)params.count, PARAMS_MAX);
	row_true("are not too many", !params.too_many);
	params = read_many("p", "=1&", PARAMS_MAX + 1);
	row_int("one more is not kept", (int64_t)params.count, PARAMS_MAX);
	row_true("and is too many", params.too_many);
	params = read_many("p", "=&", 5000);
	row_true("empty ones do not count", params.count == 0 && !params.too_many);
	params = read_many("p=", "&", 100000);
	row_true("a flood ends early", params.count == PARAMS_MAX && params.too_many);
}

static void finding(void **state)
{
	struct params params = params_read(a, S("a=1&b=%00&a=2"));

	(void)state;
	row_str("the first of that name", params_get(&params, "a"), "1");
	row_true("values end in a NUL", params_get(&params, "a").p[1] == '\0');
	row_true("none of that name", params_get(&params, "x").p == NULL);
	row_true("none of that name", params_find(&params, "x") == NULL);
	row_true("the first knows that it came again", params_find(&params, "a")->repeated);
	row_int("a malformed one reads as absent", (int64_t)params_get(&params, "b").n, 0);
	row_true("but can be found", params_find(&params, "b")->malformed);
	params = params_read(a, (struct str){ 0 });
	row_true("nothing in nothing", params_find(&params, "a") == NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_become_parameters),
		cmocka_unit_test(there_is_a_limit),
		cmocka_unit_test(finding),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
