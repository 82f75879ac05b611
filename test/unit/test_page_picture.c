/* SPDX-License-Identifier: Apache-2.0 */

/* Pictures on pages: which are shown, and that the policy names their origins and no more. */

#include "page/owner.h"

#include "arena_rows.h"

static struct http_request request(void)
{
	return (struct http_request){ .arena = a,
		.id = S("req_0123456789abcdefgh"),
		.method = HTTP_GET,
		.path = S("/u/login") };
}

static struct str policy_of(const struct http_response *rs)
{
	for (size_t i = 0; i < rs->header_count; i++) {
		if (str_is(str_from(rs->headers[i].name), "Content-Security-Policy"))
			return rs->headers[i].value;
	}
	return (struct str){ 0 };
}

static bool holds(struct str text, const char *part)
{
	return str_find(text, str_from(part)) >= 0;
}

static struct http_response respond_with_picture(const char *template, const char *url)
{
	struct page p = { .template = template, .locale = S("en") };
	struct page_owner owner = { .site = S("Shop \"A\""), .picture_url = str_from(url) };
	struct http_request rq = request();
	struct http_response rs = { 0 };

	page_set_owner(&p, a, &owner);
	page_respond(&p, &rq, &rs, 200);
	return rs;
}

#define NAMED "<p class=\"site\">Shop &quot;A&quot;</p>"

/* Read out as the name that it stands for. */
static const char *pictured(const char *src)
{
	return arena_printf(a,
		"<p class=\"site\"><img src=\"%s\" alt=\"Shop &quot;A&quot;\" "
		"referrerpolicy=\"no-referrer\"></p>",
		src)
		.p;
}

static void a_picture_may_be_loaded_from_its_origin(void **state)
{
	static const struct {
		const char *url;
		const char *src;    /* as the page has it; NULL: the name in its place */
		const char *source; /* in the policy */
	} rows[] = {
		{ "https://img.example/a.png", "https://img.example/a.png",
			" https://img.example" },
		{ "HTTPS://Img.Example:443/A?b=c&d", "HTTPS://Img.Example:443/A?b=c&amp;d",
			" https://img.example" },
		{ "https://img.example:8443", "https://img.example:8443",
			" https://img.example:8443" },
		{ "http://a.localhost:3000/a", "http://a.localhost:3000/a",
			" http://a.localhost:3000" },
		{ "https://img.example/;script-src'*';",
			"https://img.example/;script-src&#39;*&#39;;", " https://img.example" },
		{ "https://img.example/\" onerror=\"x", NULL, "" },
		{ "https://img.example/>", NULL, "" },
		{ "http://img.example/a.png", NULL, "" },
		{ "https://user@img.example/a.png", NULL, "" },
		{ "https://user:word@img.example/a.png", NULL, "" },
		{ "https://img.example;script-src/a", NULL, "" },
		{ "https://img.example,b.example/a", NULL, "" },
		{ "https://img.example 'unsafe-inline'/a", NULL, "" },
		{ "https://*/a", NULL, "" },
		{ "https://[::1]/a", NULL, "" },
		{ "https://a~b.example/a", NULL, "" },
		{ "https:", NULL, "" },
		{ "*", NULL, "" },
		{ "data:image/png;base64,AA==", NULL, "" },
		{ "javascript:alert(1)", NULL, "" },
		{ "//img.example/a", NULL, "" },
		{ "", NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_response rs = respond_with_picture("login", rows[i].url);
		bool shown = rows[i].src != NULL;

		row_str(rows[i].url, policy_of(&rs),
			arena_printf(a,
				"default-src 'none'; style-src 'self'; img-src data:%s; "
				"base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
				rows[i].source)
				.p);
		row_true("the name", holds(rs.body, NAMED) == !shown);
		row_true("the picture", holds(rs.body, "<img") == shown);
		if (shown)
			row_true(rows[i].url, holds(rs.body, pictured(rows[i].src)));
	}
}

static void a_policy_names_only_what_its_page_shows(void **state)
{
	static const char *const templates[] = { "login", "factors" };
	static const char *const sources[] = {
		"; img-src data: https://client.example https://img.example;",
		"; img-src data: https://img.example;",
	};
	struct http_request rq = request();

	(void)state;
	for (size_t i = 0; i < ROWS(templates); i++) {
		struct page p = { .template = templates[i], .locale = S("en") };
		struct http_response rs = { 0 };

		page_set_picture(&p, a, "logo_uri", S("https://client.example/a"));
		page_set_picture(&p, a, "picture", S("https://img.example/a"));
		page_set_picture(&p, a, "nowhere", S("https://nowhere.example/a"));
		page_respond(&p, &rq, &rs, 200);
		row_true(templates[i], holds(policy_of(&rs), sources[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_picture_may_be_loaded_from_its_origin),
		cmocka_unit_test(a_policy_names_only_what_its_page_shows),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
