/* SPDX-License-Identifier: Apache-2.0 */
#include "page/page.h"

#include <assert.h>
#include <string.h>

#include "base/url.h"
#include "page/script.h"
#include "page/style.h"
#include "page/template.h"
#include "page/text.h"

static void set(struct page_value *values, size_t *count, size_t max, struct page_value v)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(values[i].name, v.name) == 0) {
			values[i] = v;
			return;
		}
	}
	assert(*count < max);
	values[(*count)++] = v;
}

void page_set(struct page *p, const char *name, struct str text)
{
	struct page_value v = { .name = name, .text = text };

	set(p->values, &p->count, PAGE_VALUES_MAX, v);
}

void page_set_rows(struct page *p, const char *name, const struct page_row *rows, size_t count)
{
	struct page_value v = { .name = name, .rows = rows, .row_count = count };

	set(p->values, &p->count, PAGE_VALUES_MAX, v);
}

void page_row_set(struct page_row *row, const char *name, struct str text)
{
	struct page_value v = { .name = name, .text = text };

	set(row->values, &row->count, PAGE_ROW_VALUES_MAX, v);
}

static bool is_harmless(struct str uri)
{
	struct url url;
	enum err err = url_parse(uri, &url);

	if (err != OK)
		return false;
	if (str_eq_nocase(url.scheme, S("mailto")))
		return true;
	return url.has_authority &&
	       (str_eq_nocase(url.scheme, S("https")) || str_eq_nocase(url.scheme, S("http")));
}

void page_set_url(struct page *p, const char *name, struct str url)
{
	page_set(p, name, is_harmless(url) ? url : (struct str){ 0 });
}

/* Could it stand as a source in a policy, and not begin another directive? */
static bool is_source(struct str s)
{
	static const char punctuation[] = ":/.-+_*";

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    (c >= '0' && c <= '9');

		if (!word && strchr(punctuation, c) == NULL)
			return false;
	}
	return s.n > 0;
}

/* Empty: of no picture that a page may load. */
static struct str picture_origin(struct arena *a, struct str uri)
{
	struct str origin;
	struct url url;

	if (url_parse(uri, &url) != OK || url.has_userinfo)
		return S("");
	if (!str_eq_nocase(url.scheme, S("https")) && !url_host_is_loopback(url.host))
		return S("");
	origin = url_origin(a, &url);
	return is_source(origin) ? origin : S("");
}

void page_set_picture(struct page *p, struct arena *a, const char *name, struct str url)
{
	struct page_value v = { .name = name, .origin = picture_origin(a, url) };

	if (v.origin.n > 0)
		v.text = url;
	set(p->values, &p->count, PAGE_VALUES_MAX, v);
}

/* The query of the request with another ui_locales; relative, so that a path such as
 * "//evil.example" cannot become a host. */
static struct str language_uri(const struct http_request *rq, struct str language)
{
	struct buf b = buf_new(rq->arena, rq->query.n + 32);
	struct str rest = rq->query;
	struct str pair;

	buf_addc(&b, '?');
	while (str_split(&rest, '&', &pair)) {
		if (pair.n == 0 || str_starts(pair, S("ui_locales=")))
			continue;
		buf_add(&b, pair);
		buf_addc(&b, '&');
	}
	buf_add(&b, S("ui_locales="));
	buf_add(&b, language);
	return buf_str(&b);
}

static void set_languages(struct page *p, const struct http_request *rq, struct str locales)
{
	struct page_row *rows = arena_array(rq->arena, struct page_row, PAGE_ROW_VALUES_MAX);
	struct str tag;
	size_t count = 0;

	while (str_split(&locales, ' ', &tag) && count < PAGE_ROW_VALUES_MAX) {
		struct page_row *row = &rows[count++];

		page_row_set(row, "tag", tag);
		page_row_set(row, "label", text_language_name(tag));
		page_row_set(row, "href", language_uri(rq, tag));
		if (str_eq(tag, p->locale))
			page_row_set(row, "current", S("1"));
	}
	if (count > 1)
		page_set_rows(p, "languages", rows, count);
}

static struct str offered_locales(const struct page *p)
{
	for (size_t i = 0; i < p->count; i++) {
		if (strcmp(p->values[i].name, "locales") == 0 && p->values[i].text.n > 0)
			return p->values[i].text;
	}
	return text_languages();
}

static void add_sources(struct buf *b, struct str sources)
{
	struct str source;

	while (str_split(&sources, ' ', &source)) {
		if (!is_source(source))
			continue;
		buf_addc(b, ' ');
		buf_add(b, source);
	}
}

static bool shows(const struct template *t, const char *name)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->nodes[i].kind == NODE_VALUE && str_is(t->nodes[i].s, name))
			return true;
	return false;
}

static void add_picture_sources(struct buf *b, const struct page *p)
{
	const struct template *frame = template_find("frame");
	const struct template *content = template_find(p->template);

	for (size_t i = 0; i < p->count; i++) {
		const struct page_value *v = &p->values[i];

		if (v->origin.n > 0 && (shows(frame, v->name) || shows(content, v->name)))
			add_sources(b, v->origin);
	}
}

static void add_headers(
	const struct page *p, const struct http_request *rq, struct http_response *rs)
{
	const struct script *script = script_find(p->script);
	struct buf csp = buf_new(rq->arena, 256);

	buf_add(&csp, S("default-src 'none'; style-src 'self'; img-src data:"));
	add_picture_sources(&csp, p);
	buf_add(&csp, S("; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"));
	add_sources(&csp, p->form_action);
	if (p->frame_src.n > 0) {
		buf_add(&csp, S("; frame-src"));
		add_sources(&csp, p->frame_src);
	}
	if (script != NULL) {
		buf_add(&csp, S("; script-src 'sha256-"));
		buf_add(&csp, script->hash);
		buf_addc(&csp, '\'');
	}
	response_header(rs, "Content-Security-Policy", buf_str(&csp));
	response_header(rs, "X-Frame-Options", S("DENY"));
	/* Not no-referrer: with that, browsers send "Origin: null" with our own forms. */
	response_header(rs, "Referrer-Policy", S("same-origin"));
	response_no_store(rs);
}

struct str page_html(const struct page *p, struct arena *a)
{
	struct buf out = buf_new(a, 4 * 1024);

	template_render(&out, template_find(p->template), NULL, p);
	return buf_str(&out);
}

void page_respond(const struct page *given, const struct http_request *rq,
	struct http_response *rs, int status)
{
	struct buf out = buf_new(rq->arena, 8 * 1024);
	struct page p = *given;

	page_set(&p, "locale", p.locale);
	page_set(&p, "style", style_uri(rq->arena));
	set_languages(&p, rq, offered_locales(&p));
	template_render(&out, template_find("frame"), template_find(p.template), &p);
	response_html(rs, status, buf_str(&out));
	add_headers(&p, rq, rs);
}
