/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"

#include "arena_rows.h"
#include "http/accept.h"

static void headers_by_name(void **state)
{
	const struct http_header headers[] = {
		{ S("Host"), S("a") },
		{ S("X-Twice"), S("first") },
		{ S("x-twice"), S("second") },
	};
	struct http_request rq = { .headers = headers, .header_count = ROWS(headers) };

	(void)state;
	row_str("any case", http_header(&rq, "hOST"), "a");
	row_str("the first of two", http_header(&rq, "X-TWICE"), "first");
	row_true("a prefix is another name", http_header(&rq, "X-Twic").p == NULL);
	rq.header_count = 0;
	row_true("none", http_header(&rq, "Host").p == NULL);
}

static struct http_request with(struct http_header *header, const char *name, const char *value)
{
	*header = (struct http_header){ str_from(name), str_from(value) };
	return (struct http_request){ .arena = a, .headers = header, .header_count = 1 };
}

static void who_wants_json(void **state)
{
	static const struct {
		const char *row, *accept;
		bool json;
	} rows[] = {
		{ "only JSON", "application/json", true },
		{ "any case", "Application/JSON", true },
		{ "a script's usual header", "application/json, text/plain, */*", true },
		{ "a browser's navigation",
			"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			false },
		{ "no header", "", false },
		{ "anything", "*/*", false },
		{ "any application type", "application/*", false },
		{ "JSON weighs less", "text/html, application/json;q=0.9", false },
		{ "JSON weighs more", "text/html;q=0.5, application/json;q=0.9", true },
		{ "the same weight, JSON first", "application/json, text/html", true },
		{ "the same weight, HTML first", "text/html, application/json", false },
		{ "JSON is refused", "application/json;q=0", false },
		{ "JSON is refused, with three zeros", "application/json;q=0.000", false },
		{ "a parameter before the weight", "application/json;v=1; q=0.3", true },
		{ "a broken weight counts for nothing", "application/json;q=2", false },
		{ "a negative weight", "application/json;q=-1", false },
		{ "a weight of four digits", "application/json;q=0.1234", false },
		{ "a weight above one", "application/json;q=1.001", false },
		{ "a weight of one, written long", "application/json;q=1.000", true },
		{ "an empty weight", "application/json;q=", false },
		{ "another type that begins alike", "application/json-seq", false },
		{ "empty items", ",, ;q=1, application/json", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_header header;
		struct http_request rq = with(&header, "Accept", rows[i].accept);

		row_true(rows[i].row, http_accepts_json(&rq) == rows[i].json);
	}
}

static void weights_are_thousandths(void **state)
{
	static const struct {
		const char *text;
		int weight;
	} rows[] = {
		{ "x", 1000 },
		{ "x;q=1", 1000 },
		{ "x;q=1.", 1000 },
		{ "x; Q=0.5", 500 },
		{ "x;q=0.05", 50 },
		{ "x;q=0.999", 999 },
		{ "x;q=0", 0 },
		{ "x;q=0.0001", 0 },
		{ "x;q=0.5x", 0 },
		{ "x;q=0,5", 0 },
		{ "x;q=.5", 0 },
		{ "x;q=10", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str rest = str_from(rows[i].text);
		struct accept_item item = { 0 };

		row_true(rows[i].text, accept_next(&rest, &item));
		row_str(rows[i].text, item.name, "x");
		row_int(rows[i].text, item.weight, rows[i].weight);
	}
}

static void media_types(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
		{ "application/json", "application/json" },
		{ "application/x-www-form-urlencoded; charset=UTF-8",
			"application/x-www-form-urlencoded" },
		{ " text/plain ;x", "text/plain" },
		{ ";charset=x", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_header header;
		struct http_request rq = with(&header, "Content-Type", rows[i].value);

		row_str(rows[i].value, http_content_type(&rq), rows[i].want);
	}
}

static void languages(void **state)
{
	static const struct {
		const char *row, *value, *want;
	} rows[] = {
		{ "one", "en", "en" },
		{ "a browser's usual header", "pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7",
			"pt-BR pt en-US en" },
		{ "sorted by weight", "en;q=0.1, es;q=0.9, pt-BR", "pt-BR es en" },
		{ "the same weight keeps its order", "b;q=0.5, a;q=0.5, c", "c b a" },
		{ "not wanted", "en;q=0, es", "es" },
		{ "a wildcard names no language", "*, es;q=0.5", "es" },
		{ "no header", "", "" },
		{ "markup is no language", "<script>, es", "es" },
		{ "two words are no language", "e n, es", "es" },
		{ "a very long tag is none", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, es", "es" },
		{ "at most sixteen, the best",
			"a;q=.1,a1;q=0.1,a2;q=0.1,a3;q=0.1,a4;q=0.1,a5;q=0.1,a6;q=0.1,a7;q=0.1,"
			"a8;q=0.1,a9;q=0.1,b0;q=0.1,b1;q=0.1,b2;q=0.1,b3;q=0.1,b4;q=0.1,b5;q=0."
			"1,"
			"b6;q=0.1,b7;q=0.1,best",
			"best a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_header header;
		struct http_request rq = with(&header, "Accept-Language", rows[i].value);

		row_str(rows[i].row, http_languages(&rq), rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_by_name),
		cmocka_unit_test(who_wants_json),
		cmocka_unit_test(weights_are_thousandths),
		cmocka_unit_test(media_types),
		cmocka_unit_test(languages),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
