/* SPDX-License-Identifier: Apache-2.0 */
#include "http/response.h"

#include "arena_rows.h"
#include "headers.h"

static void bodies(void **state)
{
	static const struct {
		const char *row;
		void (*respond)(struct http_response *, int, struct str);
		const char *headers;
	} rows[] = {
		{ "HTML", response_html, "Content-Type: text/html; charset=utf-8\n" },
		{ "JSON", response_json, "Content-Type: application/json\n" },
		{ "text", response_text, "Content-Type: text/plain; charset=utf-8\n" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_response rs = { 0 };

		rows[i].respond(&rs, 403, S("body"));
		row_int(rows[i].row, rs.status, 403);
		row_str(rows[i].row, rs.body, "body");
		row_str(rows[i].row, headers_shown(a, &rs), rows[i].headers);
	}
}

static void redirects_are_not_stored(void **state)
{
	struct http_response rs = { .body = S("left over") };

	(void)state;
	response_redirect(&rs, 303, S("https://app.example/cb?code=x"));
	row_int("the status", rs.status, 303);
	row_int("no body", (int64_t)rs.body.n, 0);
	row_str("the headers", headers_shown(a, &rs),
		"Location: https://app.example/cb?code=x\nCache-Control: no-store\n");
}

static void headers_add_and_never_replace(void **state)
{
	struct http_response rs = { 0 };

	(void)state;
	response_header(&rs, "A", S("1"));
	response_header(&rs, "A", S("2"));
	response_no_store(&rs);
	row_str("all of them", headers_shown(a, &rs),
		"A: 1\nA: 2\nCache-Control: no-store\nPragma: no-cache\n");
}

static void status_texts(void **state)
{
	(void)state;
	row_true("200", strcmp(http_status_text(200), "OK") == 0);
	row_true("404", strcmp(http_status_text(404), "Not Found") == 0);
	row_true("303", strcmp(http_status_text(303), "See Other") == 0);
	row_true("unknown", strcmp(http_status_text(299), "") == 0);
	row_true("0", strcmp(http_status_text(0), "") == 0);
}

static void header_with_cr(struct arena *arena)
{
	struct http_response rs = { 0 };

	(void)arena;
	response_header(&rs, "A", S("x\rSet-Cookie: y"));
}

static void header_with_lf(struct arena *arena)
{
	struct http_response rs = { 0 };

	(void)arena;
	response_redirect(&rs, 302, S("https://a/\nSet-Cookie: y"));
}

static void header_with_nul(struct arena *arena)
{
	struct http_response rs = { 0 };

	(void)arena;
	response_header(&rs, "A", S("x\0y"));
}

static void one_header_too_many(struct arena *arena)
{
	struct http_response rs = { 0 };

	(void)arena;
	for (int i = 0; i < RESPONSE_HEADERS_MAX + 1; i++)
		response_header(&rs, "A", S("x"));
}

static void bugs_abort(void **state)
{
	(void)state;
	row_aborts("CR in a header", header_with_cr);
	row_aborts("LF in a location", header_with_lf);
	row_aborts("NUL in a header", header_with_nul);
	row_aborts("one header too many", one_header_too_many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies),
		cmocka_unit_test(redirects_are_not_stored),
		cmocka_unit_test(headers_add_and_never_replace),
		cmocka_unit_test(status_texts),
		cmocka_unit_test(bugs_abort),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
