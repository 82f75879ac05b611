/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_writer.h"

#include "arena_rows.h"

static void a_whole_document(void **state)
{
	struct buf b = buf_new(a, 16);
	struct json_writer w = json_writer_on(&b);

	(void)state;
	json_begin_map(&w);
	json_put_str(&w, "iss", S("https://op.example/"));
	json_put_opt(&w, "nonce", (struct str){ 0 });
	json_put_opt(&w, "sid", S("s1"));
	json_put_int(&w, "exp", -5);
	json_put_bool(&w, "active", true);
	json_put_raw(&w, "address", S("{\"a\":[1]}"));
	json_put_words(&w, "scopes", S("openid  email "));
	json_put_words(&w, "none", (struct str){ 0 });
	json_key_str(&w, S("k\"ey"));
	json_begin_list(&w);
	json_begin_map(&w);
	json_end_map(&w);
	json_begin_list(&w);
	json_end_list(&w);
	json_null(&w);
	json_bool(&w, false);
	json_real(&w, 0.1);
	json_str(&w, (struct str){ 0 });
	json_raw(&w, S("7"));
	json_end_list(&w);
	json_put_str(&w, "last", S(""));
	json_end_map(&w);
	row_str("commas stand where they belong", buf_str(&b),
		"{\"iss\":\"https://op.example/\",\"sid\":\"s1\",\"exp\":-5,\"active\":true,"
		"\"address\":{\"a\":[1]},\"scopes\":[\"openid\",\"email\"],\"none\":[],"
		"\"k\\\"ey\":[{},[],null,false,0.1,\"\",7],\"last\":\"\"}");
}

static void strings_are_escaped(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		const char *plain, *html;
	} rows[] = {
		{ "plain text", STR_LIT("abc/\x7f"), "\"abc/\x7f\"", NULL },
		{ "quote and backslash", STR_LIT("a\"b\\"), "\"a\\\"b\\\\\"", NULL },
		{ "named controls", STR_LIT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", NULL },
		{ "other controls", STR_LIT("\x01\x1f"), "\"\\u0001\\u001f\"", NULL },
		{ "NUL", STR_LIT("a\0b"), "\"a\\u0000b\"", NULL },
		{ "text outside ASCII", STR_LIT("\xc3\xa4\xe2\x82\xac"),
			"\"\xc3\xa4\xe2\x82\xac\"", NULL },
		{ "the end of a script", STR_LIT("</script><!--&"), "\"</script><!--&\"",
			"\"\\u003c/script\\u003e\\u003c!--\\u0026\"" },
		{ "line separators", STR_LIT("a\xe2\x80\xa8z\xe2\x80\xa9"),
			"\"a\xe2\x80\xa8z\xe2\x80\xa9\"", "\"a\\u2028z\\u2029\"" },
		{ "their neighbours", STR_LIT("\xe2\x80\xa7\xe2\x80\xaa"),
			"\"\xe2\x80\xa7\xe2\x80\xaa\"", NULL },
		{ "half a separator", STR_LIT("\xe2\x80"), "\"\xe2\x80\"", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf plain = buf_new(a, 0);
		struct buf html = buf_new(a, 0);
		struct json_writer w = json_writer_on(&plain);

		json_str(&w, rows[i].text);
		row_str(rows[i].row, buf_str(&plain), rows[i].plain);
		w = json_writer_on(&html);
		w.html_safe = true;
		json_str(&w, rows[i].text);
		row_str(rows[i].row, buf_str(&html),
			rows[i].html ? rows[i].html : rows[i].plain);
	}
}

static void keys_are_html_safe_too(void **state)
{
	struct buf b = buf_new(a, 0);
	struct json_writer w = json_writer_on(&b);

	(void)state;
	w.html_safe = true;
	json_begin_map(&w);
	json_key_str(&w, S("</script>"));
	json_int(&w, 0);
	json_end_map(&w);
	row_str("a key", buf_str(&b), "{\"\\u003c/script\\u003e\":0}");
}

static void integers(void **state)
{
	static const struct {
		int64_t value;
		const char *want;
	} rows[] = {
		{ 0, "0" },
		{ 9, "9" },
		{ 10, "10" },
		{ -1, "-1" },
		{ INT64_MAX, "9223372036854775807" },
		{ INT64_MIN, "-9223372036854775808" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b = buf_new(a, 0);
		struct json_writer w = json_writer_on(&b);

		json_int(&w, rows[i].value);
		row_str(rows[i].want, buf_str(&b), rows[i].want);
	}
}

static void real_numbers(void **state)
{
	static const struct {
		double value;
		const char *want;
	} rows[] = {
		{ 0.0, "0.0" },
		{ 0.1, "0.1" },
		{ 3.0, "3.0" },
		{ -2.5, "-2.5" },
		{ 1e300, "1e+300" },
		{ 1.0 / 3.0, "0.3333333333333333" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 1.0 / 0.0, "null" },
		{ 0.0 / 0.0, "null" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct buf b = buf_new(a, 0);
		struct json_writer w = json_writer_on(&b);

		json_real(&w, rows[i].value);
		row_str(rows[i].want, buf_str(&b), rows[i].want);
	}
}

/* Every character of the Basic Multilingual Plane's first 300 and each way of writing it
 * reads back as itself. */
static void what_is_written_reads_back(void **state)
{
	(void)state;
	for (int c = 1; c < 300; c++) {
		char text[3] = { (char)c, 0, 0 };
		struct buf b = buf_new(a, 0);
		struct json_writer w = json_writer_on(&b);
		const struct json *value = NULL;

		if (c >= 0x80) {
			text[0] = (char)(0xc0 | c >> 6);
			text[1] = (char)(0x80 | (c & 0x3f));
		}
		w.html_safe = c % 2 == 0;
		json_str(&w, str_from(text));
		row_int(text, json_parse(a, buf_str(&b), &value, NULL), OK);
		row_str("reads back", value->str, text);
	}
}

/* Long texts are looked at sixteen bytes at once, the last ones twice. */
static void an_escape_is_found_at_every_place(void **state)
{
	static const struct {
		const char *unsafe;
		const char *escape;
	} rows[] = {
		{ "\"", "\\\"" },
		{ "\\", "\\\\" },
		{ "\x1f", "\\u001f" },
		{ "<", "\\u003c" },
		{ ">", "\\u003e" },
		{ "&", "\\u0026" },
		{ "\xe2\x80\xa8", "\\u2028" },
		{ "\xe2\x80\xa9", "\\u2029" },
	};
	const char *filler = "........................................";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int at = 0; at < 40 * 40; at++) {
			struct buf b = buf_new(a, 0);
			struct json_writer w = json_writer_on(&b);
			struct str text = arena_printf(a, "%.*s%s%.*s", at / 40, filler,
				rows[i].unsafe, at % 40, filler);

			w.html_safe = true;
			json_str(&w, text);
			row_str(rows[i].escape, buf_str(&b),
				arena_printf(a, "\"%.*s%s%.*s\"", at / 40, filler,
					rows[i].escape, at % 40, filler)
					.p);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_document),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(keys_are_html_safe_too),
		cmocka_unit_test(integers),
		cmocka_unit_test(real_numbers),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(an_escape_is_found_at_every_place),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
