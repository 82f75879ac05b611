/* SPDX-License-Identifier: Apache-2.0 */
#include "page/error_page.h"

#include "page/text.h"

/* What a language link of the page before asked for. */
static struct str asked_locales(const struct http_request *rq)
{
	struct params query = params_read(rq->arena, rq->query);

	return params_get(&query, "ui_locales");
}

static struct page begin(
	const struct http_request *rq, struct str locale, struct str title, struct str sentence)
{
	struct page p = { .template = "error", .locale = locale };

	if (locale.n == 0)
		p.locale = page_locale(rq, asked_locales(rq), text_languages());
	page_set(&p, "title", title);
	page_set(&p, "sentence", sentence);
	page_set(&p, "request_id", rq->id);
	return p;
}

void page_error(const struct http_request *rq, struct http_response *rs, int status,
	struct str locale, struct str title, struct str sentence, struct str reason,
	struct str why_uri)
{
	struct page p = begin(rq, locale, title, sentence);

	page_set(&p, "reason", reason);
	page_set_url(&p, "why_uri", why_uri);
	page_respond(&p, rq, rs, status);
}
