/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/why.h"

#include <assert.h>

#include "base/clock.h"
#include "brand/brand.h"
#include "http/cors.h"
#include "oidc/reason.h"
#include "page/error_page.h"
#include "page/page.h"
#include "store/trace.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

enum { ID_MIN = 8, ID_MAX = 64, ROWS_MAX = 64, PARTS_MAX = 16 };

struct question {
	const struct http_request *rq;
	const struct tenant *tenant;
	enum reason reason;
	struct str id; /* as asked, when it has the shape of one; or empty */
	struct trace trace;
	bool traced;
};

static bool is_request_id(struct str id)
{
	if (id.n < ID_MIN || id.n > ID_MAX)
		return false;
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
			    (c >= '0' && c <= '9') || c == '-' || c == '_'))
			return false;
	}
	return true;
}

/* A trace of another reason is not this question's. */
static enum err load_trace(struct question *q)
{
	enum err err;

	if (q->id.n == 0)
		return OK;
	err = trace_find(db_reader(q->tenant->db), q->rq->arena, q->id, &q->trace);
	q->traced = err == OK && str_is(q->trace.reason, reason_word(q->reason));
	return err == ERR_NOT_FOUND ? OK : err;
}

static const char *error_of(const struct question *q)
{
	if (q->traced && q->trace.outcome.n > 0)
		return arena_cstr(q->rq->arena, q->trace.outcome);
	return reason_row(q->reason)->error;
}

static void respond_json(const struct question *q, struct http_response *rs)
{
	struct buf text = buf_new(q->rq->arena, 256);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "reason", str_from(reason_word(q->reason)));
	json_put_str(&w, "error", str_from(error_of(q)));
	json_put_str(&w, "request_id", q->id);
	json_put_str(&w, "setting", str_from(reason_row(q->reason)->setting));
	json_end_map(&w);
	response_json(rs, 200, buf_str(&text));
	response_no_store(rs);
	cors_any(rs);
}

static struct str text_of(struct arena *a, const struct json *value)
{
	switch (value->type) {
	case JSON_STR:
		return value->str;
	case JSON_INT:
		return arena_printf(a, "%lld", (long long)value->integer);
	case JSON_TRUE_VALUE:
		return S("true");
	case JSON_FALSE_VALUE:
		return S("false");
	default:
		return S("");
	}
}

static void add_row(struct page_row *rows, size_t *count, struct str fact, struct str value)
{
	if (value.n == 0 || *count == ROWS_MAX)
		return;
	page_row_set(&rows[*count], "fact", fact);
	page_row_set(&rows[*count], "value", value);
	(*count)++;
}

static void put_trace(const struct question *q, struct page *page)
{
	struct arena *a = q->rq->arena;
	struct page_row *rows = arena_array(a, struct page_row, ROWS_MAX);
	const struct json *facts = NULL;
	size_t count = 0;

	page_set(page, "trace", q->traced ? S("yes") : S(""));
	if (!q->traced)
		return;
	if (q->trace.facts.n > 0 && json_parse(a, q->trace.facts, &facts, NULL) != OK)
		facts = NULL;
	add_row(rows, &count, S("at"), clock_iso(a, q->trace.at_ms));
	add_row(rows, &count, S("route"), q->trace.route);
	add_row(rows, &count, S("outcome"), q->trace.outcome);
	json_each(fact, facts) add_row(rows, &count, fact->key, text_of(a, fact));
	page_set_rows(page, "rows", rows, count);
}

/* What stands between `backquotes` is a name, and reads as code. */
static void put_marked(struct page *page, struct arena *a, const char *name, struct str text)
{
	struct page_row *rows = arena_array(a, struct page_row, PARTS_MAX);
	struct str part;
	size_t count = 0;

	for (; count < PARTS_MAX && str_split(&text, '`', &part); count++)
		page_row_set(&rows[count], count % 2 == 0 ? "words" : "code", part);
	assert(text.n == 0);
	page_set_rows(page, name, rows, count);
}

static void respond_page(
	const struct question *q, const struct params *query, struct http_response *rs)
{
	struct page_owner owner = brand_owner(q->tenant, q->rq->arena);
	struct page page = { .template = "why" };
	struct arena *a = q->rq->arena;

	page.locale = page_locale(q->rq, params_get(query, "ui_locales"), owner.locales);
	page_set_owner(&page, a, &owner);
	page_set(&page, "title", reason_title(q->reason, page.locale));
	page_set(&page, "reason", str_from(reason_word(q->reason)));
	page_set(&page, "error", str_from(error_of(q)));
	put_marked(&page, a, "happened", reason_happened(q->reason, page.locale));
	put_marked(&page, a, "remedy", reason_remedy(q->reason, page.locale));
	page_set(&page, "setting", str_from(reason_row(q->reason)->setting));
	page_set(&page, "request_id", q->id);
	put_trace(q, &page);
	page_respond(&page, q->rq, rs, 200);
}

static void respond_unknown(
	const struct tenant *t, const struct http_request *rq, struct http_response *rs)
{
	struct page_owner owner = brand_owner(t, rq->arena);
	struct str locale = error_page_locale(rq, owner.locales);
	struct error_page page = {
		.status = 404,
		.locale = locale,
		.title = page_text(locale, "fault.no_reason.title"),
		.sentence = page_text(locale, "fault.no_reason.body"),
		.owner = owner,
	};

	if (http_accepts_json(rq)) {
		response_json(rs, 404, S("{\"error\":\"not_found\"}"));
		cors_any(rs);
		return;
	}
	page_error(&page, rq, rs);
}

enum err why(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct params query = params_read(rq->arena, rq->query);
	struct question q = { .rq = rq, .tenant = t, .reason = reason_from(rq->tail) };
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	response_header(rs, "Vary", S("Accept"));
	if (q.reason == REASONS || q.reason == REASON_NONE) {
		respond_unknown(t, rq, rs);
		return OK;
	}
	if (is_request_id(params_get(&query, "id")))
		q.id = params_get(&query, "id");
	err = load_trace(&q);
	if (err != OK)
		return err;
	if (http_accepts_json(rq))
		respond_json(&q, rs);
	else
		respond_page(&q, &query, rs);
	return OK;
}
