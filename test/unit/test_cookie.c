/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"
#include "http/response.h"

#include "rows.h"

static void cookies_are_found(void **state)
{
	static const struct {
		const char *row;
		struct str header;
		const char *name;
		size_t n;
		const char *want; /* NULL: absent */
	} rows[] = {
		{ "the only one", STR_LIT("a=1"), "a", 0, "1" },
		{ "the last one", STR_LIT("a=1; b=2; c=3"), "c", 0, "3" },
		{ "without a blank between", STR_LIT("a=1;b=2"), "b", 0, "2" },
		{ "with blanks around", STR_LIT(" a=1 \t;  b=2 "), "a", 0, "1" },
		{ "the second of that name", STR_LIT("a=1; a=2"), "a", 1, "2" },
		{ "a third that is not there", STR_LIT("a=1; a=2"), "a", 2, NULL },
		{ "names match exactly", STR_LIT("A=1; aa=2; a=3"), "a", 0, "3" },
		{ "a prefix is another name", STR_LIT("__Host-x=1"), "x", 0, NULL },
		{ "a value may hold =", STR_LIT("a=b=c="), "a", 0, "b=c=" },
		{ "quotes belong to the value", STR_LIT("a=\"1\""), "a", 0, "\"1\"" },
		{ "an empty value", STR_LIT("a="), "a", 0, "" },
		{ "a pair without = is passed over", STR_LIT("a; a=2"), "a", 0, "2" },
		{ "a pair without a name is passed over", STR_LIT("=a; a=2"), "a", 0, "2" },
		{ "the empty name names none", STR_LIT("=a; a=2"), "", 0, NULL },
		{ "a blank before = is passed over", STR_LIT("a =1; a=2"), "a", 0, "2" },
		{ "a blank behind = is passed over", STR_LIT("a= 1; a=2"), "a", 0, "2" },
		{ "a control byte is passed over", STR_LIT("a=\x01; a=2"), "a", 0, "2" },
		{ "DEL is passed over", STR_LIT("a=\x7f; a=2"), "a", 0, "2" },
		{ "a NUL is passed over", STR_LIT("a=1\0; a=2"), "a", 0, "2" },
		{ "what is passed over does not count", STR_LIT("a; a=1; a =x; a=2"), "a", 1,
			"2" },
		{ "empty pairs", STR_LIT(";;; a=1;;"), "a", 0, "1" },
		{ "an empty header", STR_LIT(""), "a", 0, NULL },
		{ "attributes are not special here", STR_LIT("$Version=1; a=1"), "a", 0, "1" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_header header = { S("cookie"), rows[i].header };
		struct http_request rq = { .headers = &header, .header_count = 1 };
		struct str got = http_cookie(&rq, str_from(rows[i].name), rows[i].n);

		row_str(rows[i].row, got, rows[i].want);
		row_true(rows[i].row, (got.p == NULL) == (rows[i].want == NULL));
	}
}

static void several_headers_count_on(void **state)
{
	const struct http_header headers[] = {
		{ S("Cookie"), S("a=1; b=x") },
		{ S("Host"), S("a=no") },
		{ S("COOKIE"), S("a=2") },
	};
	struct http_request rq = { .headers = headers, .header_count = ROWS(headers) };

	(void)state;
	row_str("the first", http_cookie(&rq, S("a"), 0), "1");
	row_str("the second, in another header", http_cookie(&rq, S("a"), 1), "2");
	row_true("no third", http_cookie(&rq, S("a"), 2).p == NULL);
	rq.header_count = 0;
	row_true("none without headers", http_cookie(&rq, S("a"), 0).p == NULL);
}

static void cookies_are_set(void **state)
{
	struct arena *a = arena_new(1024);
	struct http_response rs = { 0 };

	(void)state;
	response_cookie(&rs, a, S("__Host-s"), S("v=1"), "None", 3600);
	response_cookie(&rs, a, S("s"), (struct str){ 0 }, "Lax", 0);
	response_cookie(&rs, a, S("s"), S("v"), "Strict", -1);
	row_int("three headers", (int64_t)rs.header_count, 3);
	row_true("their name", strcmp(rs.headers[0].name, "Set-Cookie") == 0);
	row_str("with an age", rs.headers[0].value,
		"__Host-s=v=1; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=3600");
	row_str("deleted", rs.headers[1].value,
		"s=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0");
	row_str("for the browser's session", rs.headers[2].value,
		"s=v; Path=/; HttpOnly; Secure; SameSite=Strict");
	arena_free(a);
}

static void value_with_semicolon(struct arena *a)
{
	struct http_response rs = { 0 };

	response_cookie(&rs, a, S("s"), S("v; Domain=evil"), "None", 0);
}

static void name_with_equals(struct arena *a)
{
	struct http_response rs = { 0 };

	response_cookie(&rs, a, S("s=x"), S("v"), "None", 0);
}

static void no_name(struct arena *a)
{
	struct http_response rs = { 0 };

	response_cookie(&rs, a, S(""), S("v"), "None", 0);
}

static void bugs_abort(void **state)
{
	(void)state;
	row_aborts("a value that would add attributes", value_with_semicolon);
	row_aborts("a name that would move the value", name_with_equals);
	row_aborts("no name", no_name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cookies_are_found),
		cmocka_unit_test(several_headers_count_on),
		cmocka_unit_test(cookies_are_set),
		cmocka_unit_test(bugs_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
