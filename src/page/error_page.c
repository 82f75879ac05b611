/* SPDX-License-Identifier: Apache-2.0 */
#include "page/error_page.h"

#include "page/text.h"

/* What a language link of the page before asked for, or a form. */
static struct str asked_locales(const struct http_request *rq)
{
	struct params params = params_read(rq->arena, rq->query);
	struct str asked = params_get(&params, "ui_locales");

	if (asked.n > 0 || rq->method != HTTP_POST)
		return asked;
	params = params_read(rq->arena, rq->body);
	return params_get(&params, "ui_locales");
}

struct str error_page_locale(const struct http_request *rq, struct str enabled)
{
	return page_locale(rq, asked_locales(rq), enabled);
}

static struct str title_of(const struct page *p, struct arena *a, struct str reason)
{
	return text_find(
		p->locale, arena_printf(a, "reason." STR_FMT ".title", STR_ARG(reason)));
}

static void set_words(struct page *p, struct str title, struct str sentence, struct str reason)
{
	page_set(p, "title", title);
	page_set(p, "sentence", sentence);
	page_set(p, "reason", reason);
}

struct str page_set_fault(
	struct page *p, struct arena *a, struct str sentence, struct str reason)
{
	struct str title = title_of(p, a, reason);

	set_words(p, title, sentence, reason);
	if (!str_is(p->locale, "en"))
		page_set(p, "sentence_lang", S("en"));
	return title;
}

void page_error(
	const struct error_page *e, const struct http_request *rq, struct http_response *rs)
{
	struct page p = { .template = "error", .locale = e->locale };

	if (e->locale.n > 0) {
		set_words(&p, e->title, e->sentence, e->reason);
	} else {
		p.locale = error_page_locale(rq, e->owner.locales);
		page_set_fault(&p, rq->arena, e->sentence, e->reason);
	}
	page_set_owner(&p, rq->arena, &e->owner);
	page_set(&p, "request_id", rq->id);
	page_set_url(&p, "why_uri", e->why_uri);
	page_set_url(&p, "next_uri", e->next_uri);
	page_set(&p, "next_label", page_text(p.locale, "error.continue"));
	page_respond(&p, rq, rs, e->status);
}
