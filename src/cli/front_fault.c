/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/front_fault.h"

#include "brand/brand.h"
#include "oidc/authorize/authorize_failure.h"
#include "oidc/cors_oidc.h"
#include "oidc/fault.h"
#include "page/error_page.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

struct words {
	int status;
	const char *error;
	enum reason reason;
	const char *title; /* keys of the dictionary */
	const char *body;
};

/* clang-format off */
static const struct words all_words[] = {
	{ 404, "not_found",               REASON_REQUEST_INVALID,         "fault.not_found.title", "fault.not_found.body" },
	{ 405, "invalid_request",         REASON_REQUEST_INVALID,         "fault.method.title",    "fault.method.body" },
	{ 413, "invalid_request",         REASON_REQUEST_INVALID,         "fault.large.title",     "fault.large.body" },
	{ 429, "too_many_requests",       REASON_TOO_MANY_REQUESTS,       "fault.often.title",     "fault.often.body" },
	{ 503, "temporarily_unavailable", REASON_TEMPORARILY_UNAVAILABLE, "fault.busy.title",      "fault.busy.body" },
	{ 500, "server_error",            REASON_SERVER_ERROR,            "fault.failed.title",    "fault.failed.body" },
};
/* clang-format on */

static const struct words *words_of(int status)
{
	size_t count = sizeof(all_words) / sizeof(all_words[0]);

	for (size_t i = 0; i < count; i++)
		if (all_words[i].status == status)
			return &all_words[i];
	/* Others of the client's making read like a method that is not taken. */
	return status < 500 ? &all_words[1] : &all_words[count - 1];
}

static void respond_json(const struct http_request *rq, struct http_response *rs,
	const struct words *words, int status, struct str why_uri)
{
	struct buf buf = buf_new(rq->arena, 256);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	json_put_str(&w, "error", str_from(words->error));
	json_put_str(&w, "error_description", page_text(S("en"), words->body));
	json_put_opt(&w, "error_uri", why_uri);
	json_end_map(&w);
	response_no_store(rs);
	response_json(rs, status, buf_str(&buf));
}

static void respond_page(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, const struct words *words, int status, struct str why_uri)
{
	struct page_owner owner = brand_owner(t, rq->arena);
	struct str locale = error_page_locale(rq, owner.locales);
	struct error_page page = {
		.status = status,
		.locale = locale,
		.title = page_text(locale, words->title),
		.sentence = page_text(locale, words->body),
		.reason = status == 404 ? S("") : str_from(reason_word(words->reason)),
		.why_uri = why_uri,
		.owner = owner,
	};

	page_error(&page, rq, rs);
}

void front_fault(struct provider *p, const struct http_request *rq, struct http_response *rs,
	enum route_form form, int status)
{
	auto_tenant *tenant = provider_tenant(p, rq->host);
	struct str issuer = tenant ? tenant_issuer(tenant, rq->host)->url : S("/");
	const struct words *words = words_of(status);
	struct str why_uri =
		status == 404 ? S("") : fault_uri(rq->arena, issuer, words->reason, rq->id);

	/* What is JSON is read by pages of applications, too. */
	if (form == FORM_JSON && tenant != NULL)
		cors_oidc_allow(tenant, NULL, rq, rs);
	if (form == FORM_FRAME)
		authorize_failure(tenant, rq, rs, status);
	else if (form == FORM_JSON || http_accepts_json(rq))
		respond_json(rq, rs, words, status, why_uri);
	else
		respond_page(tenant, rq, rs, words, status, why_uri);
}
