/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cors.h"

#include "headers.h"
#include "rows.h"

static void anyone_without_credentials(void **state)
{
	struct arena *a = arena_new(1024);
	struct http_response rs = { 0 };

	(void)state;
	cors_any(&rs);
	row_str("any origin, never with credentials", headers_shown(a, &rs),
		"Access-Control-Allow-Origin: *\n"
		"Access-Control-Expose-Headers: Date, DPoP-Nonce, Retry-After, "
		"WWW-Authenticate\n");
	arena_free(a);
}

static void one_origin_with_credentials(void **state)
{
	struct arena *a = arena_new(1024);
	struct http_response rs = { 0 };

	(void)state;
	cors_origin(&rs, S("https://app.example"));
	row_str("that origin", headers_shown(a, &rs),
		"Access-Control-Allow-Origin: https://app.example\n"
		"Access-Control-Allow-Credentials: true\n"
		"Vary: Origin\n"
		"Access-Control-Expose-Headers: Date, DPoP-Nonce, Retry-After, "
		"WWW-Authenticate\n");
	arena_free(a);
}

static void preflight_answers(void **state)
{
	struct arena *a = arena_new(1024);
	struct http_response rs = { 0 };

	(void)state;
	cors_preflight(&rs, "GET, POST");
	row_str("what it asks for", headers_shown(a, &rs),
		"Access-Control-Allow-Methods: GET, POST\n"
		"Access-Control-Allow-Headers: Authorization, Content-Type, Auth0-Client, "
		"DPoP\n"
		"Access-Control-Max-Age: 7200\n");
	arena_free(a);
}

static void what_is_a_preflight(void **state)
{
	static const struct {
		const char *row;
		enum http_method method;
		const char *origin, *wanted;
		bool preflight;
	} rows[] = {
		{ "all three", HTTP_OPTIONS, "https://a", "POST", true },
		{ "an opaque origin", HTTP_OPTIONS, "null", "POST", true },
		{ "another method", HTTP_POST, "https://a", "POST", false },
		{ "no origin", HTTP_OPTIONS, "", "POST", false },
		{ "no wanted method", HTTP_OPTIONS, "https://a", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct http_header headers[] = {
			{ S("Origin"), str_from(rows[i].origin) },
			{ S("Access-Control-Request-Method"), str_from(rows[i].wanted) },
		};
		struct http_request rq = { .method = rows[i].method,
			.headers = headers,
			.header_count = ROWS(headers) };

		row_true(rows[i].row, cors_is_preflight(&rq) == rows[i].preflight);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(anyone_without_credentials),
		cmocka_unit_test(one_origin_with_credentials),
		cmocka_unit_test(preflight_answers),
		cmocka_unit_test(what_is_a_preflight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
