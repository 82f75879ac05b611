/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/tenant_page.h"

#include "brand/brand.h"
#include "page/error_page.h"

static void respond(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, struct error_page *page, enum reason reason)
{
	page->status = 400;
	page->reason = str_from(reason_word(reason));
	page->why_uri = fault_uri(rq->arena, tenant_issuer(t, rq->host)->url, reason, rq->id);
	rs->reason = reason_word(reason);
	page_error(page, rq, rs);
}

void tenant_page_fault(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, const struct fault *fault)
{
	struct error_page page = {
		.sentence = fault->description,
		.owner = brand_owner(t, rq->arena),
	};

	respond(t, rq, rs, &page, fault->reason);
}

void tenant_page_expired(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, const char *body)
{
	struct page_owner owner = brand_owner(t, rq->arena);
	struct params query = params_read(rq->arena, rq->query);
	struct str locale = page_locale(rq, params_get(&query, "ui_locales"), owner.locales);
	struct error_page page = {
		.locale = locale,
		.title = page_text(locale, "flow.gone.title"),
		.sentence = page_text(locale, body),
		.owner = owner,
	};

	respond(t, rq, rs, &page, REASON_INTERACTION_EXPIRED);
}

void tenant_page_loop(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, struct str again)
{
	struct page_owner owner = brand_owner(t, rq->arena);
	struct str locale = error_page_locale(rq, owner.locales);
	struct error_page page = {
		.locale = locale,
		.title = reason_title(REASON_REDIRECT_LOOP, locale),
		.sentence = page_text(locale, "loop.body"),
		.next_uri = again,
		.owner = owner,
	};

	respond(t, rq, rs, &page, REASON_REDIRECT_LOOP);
}
