/* SPDX-License-Identifier: Apache-2.0 */
#include "page/error_page.h"
#include "page/page.h"
#include "page/style.h"
#include "page/template.h"
#include "page/text.h"

#include "arena_rows.h"

static struct http_request request(const char *query)
{
	return (struct http_request){ .arena = a,
		.id = S("req_0123456789abcdefgh"),
		.method = HTTP_GET,
		.path = S("/u/login"),
		.query = str_from(query) };
}

static struct str header_of(const struct http_response *rs, const char *name)
{
	for (size_t i = 0; i < rs->header_count; i++) {
		if (str_eq_nocase(str_from(rs->headers[i].name), str_from(name)))
			return rs->headers[i].value;
	}
	return (struct str){ 0 };
}

static bool holds(struct str text, const char *part)
{
	return str_find(text, str_from(part)) >= 0;
}

static struct str rendered(const char *source, const struct page *p)
{
	struct template t = template_parse(a, str_from(source));
	struct buf out = buf_new(a, 64);

	template_render(&out, &t, NULL, p);
	return buf_str(&out);
}

static void values_are_escaped_wherever_they_stand(void **state)
{
	static const struct {
		const char *when;
		const char *value;
		const char *html;
	} rows[] = {
		{ "plain text stays", "Ana", "Ana" },
		{ "an element", "<script>alert(1)</script>",
			"&lt;script&gt;alert(1)&lt;/script&gt;" },
		{ "a way out of double quotes", "\" onfocus=\"x", "&quot; onfocus=&quot;x" },
		{ "a way out of single quotes", "' onfocus='x", "&#39; onfocus=&#39;x" },
		{ "an entity is not decoded", "&lt;", "&amp;lt;" },
		{ "a tag of the template language", "{{title}}{{>content}}",
			"{{title}}{{&gt;content}}" },
		{ "letters beyond ASCII", "José <é>", "José &lt;é&gt;" },
		{ "special ones at both ends", "<a>", "&lt;a&gt;" },
		{ "a comment's end", "-->", "--&gt;" },
		{ "nothing", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct page p = { .template = "error", .locale = S("en") };
		struct str value = str_from(rows[i].value);

		page_set(&p, "v", value);
		page_set(&p, "title", value);
		row_str(rows[i].when, rendered("{{v}}", &p), rows[i].html);
		row_str(rows[i].when, rendered("{{>title}}", &p), rows[i].html);
		row_str(rows[i].when, rendered("{{t.error.title}}", &p), rows[i].html);
		row_str(rows[i].when, page_escape(a, value), rows[i].html);
	}
}

static void sections_follow_their_value(void **state)
{
	static const struct {
		const char *when;
		const char *source;
		const char *html;
	} rows[] = {
		{ "shown when set", "a{{#one}}b{{/one}}c", "abc" },
		{ "hidden when empty", "a{{#empty}}b{{/empty}}c", "ac" },
		{ "hidden when never set", "a{{#never}}b{{/never}}c", "ac" },
		{ "inverted", "{{^one}}x{{/one}}{{^empty}}y{{/empty}}{{^never}}z{{/never}}",
			"yz" },
		{ "nested", "{{#one}}{{#empty}}x{{/empty}}{{#two}}y{{/two}}{{/one}}", "y" },
		{ "the same name again inside", "{{#one}}{{#one}}x{{/one}}{{/one}}", "x" },
		{ "a list, entry by entry", "{{#list}}<{{n}}>{{/list}}", "<1><2>" },
		{ "an entry's value stands before the page's",
			"{{two}}{{#list}}{{two}}{{/list}}", "2in2" },
		{ "a list that is empty", "{{#none}}x{{/none}}{{^none}}y{{/none}}", "y" },
		{ "a list that is not", "{{^list}}x{{/list}}", "" },
		{ "braces that are no tag", "a{b}c}d", "a{b}c}d" },
	};
	struct page_row list[2] = { 0 };
	struct page p = { .template = "error", .locale = S("en") };

	(void)state;
	page_row_set(&list[0], "n", S("1"));
	page_row_set(&list[0], "two", S("in"));
	page_row_set(&list[1], "n", S("2"));
	page_set(&p, "one", S("1"));
	page_set(&p, "two", S("2"));
	page_set(&p, "empty", S(""));
	page_set_rows(&p, "list", list, 2);
	page_set_rows(&p, "none", list, 0);
	for (size_t i = 0; i < ROWS(rows); i++)
		row_str(rows[i].when, rendered(rows[i].source, &p), rows[i].html);
}

static void texts_are_filled_in(void **state)
{
	struct page p = { .template = "login", .locale = S("en") };

	(void)state;
	page_set(&p, "client", S("<Shop>"));
	row_str("a placeholder", rendered("{{t.login.to_client}}", &p),
		"to continue to &lt;Shop&gt;");
	p.locale = S("pt-BR");
	row_str("another language", rendered("{{t.login.to_client}}", &p),
		"para continuar em &lt;Shop&gt;");
	p.locale = S("xx");
	row_str("an unknown one is English", rendered("{{t.login.submit}}", &p), "Sign in");
	row_str("an unknown key is itself", rendered("{{t.no.such}}", &p), "no.such");
	row_str("and so for mail", page_text(S("es"), "no.such"), "no.such");
	row_str("a text for mail", page_text(S("es"), "login.submit"), "Iniciar sesión");
}

static void a_later_value_replaces_the_earlier(void **state)
{
	struct page p = { .template = "error", .locale = S("en") };

	(void)state;
	page_set(&p, "v", S("first"));
	page_set(&p, "v", S("second"));
	row_str("replaced", rendered("{{v}}", &p), "second");
	row_int("and not kept twice", (int64_t)p.count, 1);
}

static void urls_are_left_out_unless_harmless(void **state)
{
	static const struct {
		const char *url;
		bool kept;
	} rows[] = {
		{ "https://shop.example/logo.png", true },
		{ "HTTPS://shop.example", true },
		{ "http://localhost:3000/privacy", true },
		{ "mailto:help@shop.example", true },
		{ "javascript:alert(1)", false },
		{ "JavaScript:alert(1)", false },
		{ "java\tscript:alert(1)", false },
		{ " javascript:alert(1)", false },
		{ "data:text/html,<script>", false },
		{ "https:alert", false },
		{ "//evil.example/", false },
		{ "/relative", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct page p = { .template = "error", .locale = S("en") };

		page_set_url(&p, "u", str_from(rows[i].url));
		row_str(rows[i].url, rendered("{{u}}", &p), rows[i].kept ? rows[i].url : "");
	}
}

static void the_language_is_the_first_that_is_enabled(void **state)
{
	static const struct {
		const char *when;
		const char *ui_locales;
		const char *accept;
		const char *enabled;
		const char *locale;
	} rows[] = {
		{ "nothing said", "", "", "en pt-BR es", "en" },
		{ "the first enabled is the default", "", "", "es en", "es" },
		{ "ui_locales before the browser", "es", "pt-BR", "en pt-BR es", "es" },
		{ "the first that is there", "fr es", "", "en es", "es" },
		{ "the browser's", "", "pt-BR,pt;q=0.9,en;q=0.8", "en pt-BR es", "pt-BR" },
		{ "a primary tag is enough", "pt", "", "en pt-BR", "pt-BR" },
		{ "so is another region", "", "es-419", "en es", "es" },
		{ "case does not matter", "PT-br", "", "en pt-BR", "pt-BR" },
		{ "one that is off is passed over", "pt-BR", "es", "en es", "es" },
		{ "none of them", "fr", "de", "en es", "en" },
		{ "settings that name none", "fr", "de", "", "en" },
		{ "and then all are offered", "fr", "es", "", "es" },
		{ "settings that name an unknown one", "", "", "fr es", "es" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_header h = { S("Accept-Language"), str_from(rows[i].accept) };
		struct http_request rq = request("");

		rq.headers = &h;
		rq.header_count = 1;
		row_str(rows[i].when,
			page_locale(
				&rq, str_from(rows[i].ui_locales), str_from(rows[i].enabled)),
			rows[i].locale);
	}
}

static struct http_response respond(const struct http_request *rq, const char *form_action)
{
	struct page p = { .template = "login", .locale = S("es") };
	struct http_response rs = { 0 };

	p.form_action = str_from(form_action);
	page_set(&p, "ask_password", S("1"));
	page_respond(&p, rq, &rs, 200);
	return rs;
}

static void every_page_forbids_frames_scripts_and_storing(void **state)
{
	struct http_request rq = request("state=abc");
	struct http_response rs = respond(&rq, "");
	struct str csp = header_of(&rs, "Content-Security-Policy");

	(void)state;
	row_int("status", rs.status, 200);
	row_str("policy", csp,
		"default-src 'none'; style-src 'self'; img-src data:; "
		"base-uri 'none'; frame-ancestors 'none'; form-action 'self'");
	row_str("frames", header_of(&rs, "X-Frame-Options"), "DENY");
	row_str("storing", header_of(&rs, "Cache-Control"), "no-store");
	row_str("referrer", header_of(&rs, "Referrer-Policy"), "same-origin");
	row_true("the language", holds(rs.body, "<html lang=\"es\">"));
	row_true("the title", holds(rs.body, "<title>Iniciar sesión</title>"));
	row_true("no script", !holds(rs.body, "<script") && !holds(rs.body, "javascript:"));
}

static void form_action_takes_sources_and_nothing_else(void **state)
{
	static const struct {
		const char *when;
		const char *sources;
		const char *end;
	} rows[] = {
		{ "an origin", "https://shop.example:8443",
			"'self' https://shop.example:8443" },
		{ "a scheme of an app", "com.shop.app:", "'self' com.shop.app:" },
		{ "a wildcard", "https://*.shop.example", "'self' https://*.shop.example" },
		{ "two", "https://a.example http://b.example",
			"'self' https://a.example http://b.example" },
		{ "a scheme", "https:", "'self' https:" },
		{ "what has no spelling there", "http://[::1]:3000", "form-action 'self'" },
		{ "no second directive", "https://a.example;script-src", "form-action 'self'" },
		{ "no keyword", "'unsafe-inline'", "form-action 'self'" },
		{ "no comma", "https://a.example,b", "form-action 'self'" },
	};
	struct http_request rq = request("state=abc");

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_response rs = respond(&rq, rows[i].sources);

		row_true(rows[i].when, str_ends(header_of(&rs, "Content-Security-Policy"),
					       str_from(rows[i].end)));
	}
}

static void language_links_keep_the_query(void **state)
{
	static const struct {
		const char *when;
		const char *query;
		const char *href;
	} rows[] = {
		{ "the state stays", "state=abc", "href=\"?state=abc&amp;ui_locales=pt-BR\"" },
		{ "a former choice goes", "state=abc&ui_locales=es",
			"href=\"?state=abc&amp;ui_locales=pt-BR\"" },
		{ "no query", "", "href=\"?ui_locales=pt-BR\"" },
		{ "a way out of the attribute", "x=\"><script>",
			"href=\"?x=&quot;&gt;&lt;script&gt;&amp;ui_locales=pt-BR\"" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_request rq = request(rows[i].query);

		row_true(rows[i].when, holds(respond(&rq, "").body, rows[i].href));
	}
}

static void only_enabled_languages_are_offered(void **state)
{
	struct page p = { .template = "signed_out", .locale = S("en") };
	struct http_request rq = request("");
	struct http_response rs = { 0 };

	(void)state;
	page_set(&p, "locales", S("en es"));
	page_respond(&p, &rq, &rs, 200);
	row_true("an enabled one", holds(rs.body, "lang=\"es\""));
	row_true("not the other", !holds(rs.body, "pt-BR"));
	row_true("the current one is marked",
		holds(rs.body, "lang=\"en\" hreflang=\"en\" aria-current=\"true\""));

	rs = (struct http_response){ 0 };
	page_set(&p, "locales", S("en"));
	page_respond(&p, &rq, &rs, 200);
	row_true("one alone is no choice", !holds(rs.body, "hreflang"));
}

static void an_error_page_leads_somewhere(void **state)
{
	struct page p = { .template = "error", .locale = S("en") };
	struct http_request rq = request("");
	struct http_response rs = { 0 };

	(void)state;
	page_error(&(struct error_page){ .status = 400,
			   .locale = S("en"),
			   .title = S("No <such> client"),
			   .sentence = S("Ask \"them\"."),
			   .reason = S("client_unknown"),
			   .why_uri = S("https://op.example/why/client_unknown?id=1") },
		&rq, &rs);
	row_int("status", rs.status, 400);
	row_true("title", holds(rs.body, "<h1>No &lt;such&gt; client</h1>"));
	row_true("sentence", holds(rs.body, "Ask &quot;them&quot;."));
	row_true("why", holds(rs.body, "href=\"https://op.example/why/client_unknown?id=1\""));
	row_true("request id", holds(rs.body, "req_0123456789abcdefgh"));

	rs = (struct http_response){ 0 };
	page_error(
		&(struct error_page){
			.status = 400, .reason = S("x"), .why_uri = S("javascript:alert(1)") },
		&rq, &rs);
	row_true("no link to a script", !holds(rs.body, "javascript:"));
	row_true("the word all the same", holds(rs.body, "<code>x</code>"));

	rs = (struct http_response){ 0 };
	page_set(&p, "next_uri", S("/u/login?a=1&b=2"));
	page_set(&p, "next_label", S("Continue"));
	page_respond(&p, &rq, &rs, 400);
	row_true("the way on", holds(rs.body, "href=\"/u/login?a=1&amp;b=2\">Continue</a>"));
}

static void help_is_offered_where_there_is_some(void **state)
{
	static const struct {
		const char *row;
		const char *url;
		const char *email;
		const char *says; /* in front of the request's id; NULL: nothing */
	} rows[] = {
		{ "nothing set", "", "", NULL },
		{ "an address", "", "a@b.example",
			"write to <a href=\"mailto:a@b.example\">a@b.example</a> and quote" },
		{ "one that no link can carry", "", "a b@c.example",
			"write to a b@c.example and quote" },
		{ "a page", "https://b.example/?x='", "",
			"go to <a href=\"https://b.example/?x=&#39;\">"
			"https://b.example/?x=&#39;</a> and quote" },
		{ "a page before an address", "http://b.example/", "a@b.example",
			"go to <a href=\"http://b.example/\">http://b.example/</a> and quote" },
		{ "a script is no page", "javascript:alert(1)", "", NULL },
		{ "nor is mail", "mailto:a@b.example", "", NULL },
		{ "and then there is the address", "javascript:alert(1)", "a@b.example",
			"write to <a href=\"mailto:a@b.example\">a@b.example</a> and quote" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_request rq = request("");
		struct http_response rs = { 0 };

		page_error(&(struct error_page){ .status = 400,
				   .owner = { .support_url = str_from(rows[i].url),
					   .support_email = str_from(rows[i].email) } },
			&rq, &rs);
		row_true(rows[i].row, holds(rs.body, "If you need help") == !!rows[i].says);
		row_true(rows[i].row, !rows[i].says || holds(rs.body, rows[i].says));
		row_true(rows[i].row, !holds(rs.body, "javascript:"));
		row_true(rows[i].row, !holds(rs.body, "class=\"site\""));
	}
}

static void the_style_sheet_is_kept_by_its_digest(void **state)
{
	struct http_request rq = request("");
	struct http_response rs = { 0 };
	struct http_response page = respond(&rq, "");

	(void)state;
	row_int("served", style_sheet(NULL, &rq, &rs), OK);
	row_true("for ever", holds(header_of(&rs, "Cache-Control"), "immutable"));
	row_true("by that digest", str_starts(style_uri(a), S(STYLE_PATH "?v=")));
	row_true("and pages name it", holds(page.body, arena_cstr(a, style_uri(a))));
}

/* Inside a tag, a value may stand only between double quotes: escaping is right for nothing
 * else there. And no page has a script, a style or a handler of its own. */
static void templates_put_values_where_escaping_holds(void **state)
{
	static const char *const names[] = { "account", "consent", "error", "error_frame",
		"frame", "login", "logout", "signed_out", "why" };
	static const char *const never[] = { "<script", "<style", " style=", " onclick",
		"javascript:", "<object", "{{{" };

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const struct template *t = template_find(names[i]);
		bool tag = false;
		bool quoted = false;

		for (size_t n = 0; n < t->count; n++) {
			struct str html = t->nodes[n].s;

			if (t->nodes[n].kind == NODE_VALUE || t->nodes[n].kind == NODE_TEXT)
				row_true(names[i], !tag || quoted);
			if (t->nodes[n].kind != NODE_HTML)
				continue;
			for (size_t c = 0; c < html.n; c++) {
				tag = html.p[c] == '<' || (tag && (quoted || html.p[c] != '>'));
				quoted = tag && quoted != (html.p[c] == '"');
			}
			for (size_t c = 0; c < ROWS(never); c++)
				row_true(never[c], !holds(html, never[c]));
			/* One page shows others' pages, and those may move nothing but
			 * themselves. */
			if (holds(html, "<iframe"))
				row_true(
					names[i], strcmp(names[i], "signed_out") == 0 &&
							  holds(t->nodes[n + 4].s, "sandbox="));
		}
		row_true(names[i], !tag && !quoted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_wherever_they_stand),
		cmocka_unit_test(sections_follow_their_value),
		cmocka_unit_test(texts_are_filled_in),
		cmocka_unit_test(a_later_value_replaces_the_earlier),
		cmocka_unit_test(urls_are_left_out_unless_harmless),
		cmocka_unit_test(the_language_is_the_first_that_is_enabled),
		cmocka_unit_test(every_page_forbids_frames_scripts_and_storing),
		cmocka_unit_test(form_action_takes_sources_and_nothing_else),
		cmocka_unit_test(language_links_keep_the_query),
		cmocka_unit_test(only_enabled_languages_are_offered),
		cmocka_unit_test(an_error_page_leads_somewhere),
		cmocka_unit_test(help_is_offered_where_there_is_some),
		cmocka_unit_test(the_style_sheet_is_kept_by_its_digest),
		cmocka_unit_test(templates_put_values_where_escaping_holds),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
