/* SPDX-License-Identifier: Apache-2.0 */
/* The pages for a flow in trouble: what happened, and what to do. */

#include "login/flow.h"

#include <assert.h>

#include "base/url.h"

static const struct {
	const char *title;
	const char *sentence;
	const char *reason;
} words[FLOW_TROUBLES] = {
	[FLOW_GONE] = { "flow.gone.title", "flow.gone.body", "interaction_expired" },
	[FLOW_COOKIE] = { "flow.cookie.title", "flow.cookie.body", "cookies_blocked" },
	[FLOW_FOREIGN] = { "flow.foreign.title", "flow.foreign.body", "request_invalid" },
	[FLOW_STALE] = { "flow.stale.title", "flow.stale.body", "interaction_expired" },
};

static struct str why_uri(const struct flow *f, const char *reason)
{
	return arena_printf(f->rq->arena, STR_FMT "why/%s?id=" STR_FMT, STR_ARG(f->issuer->url),
		reason, STR_ARG(f->rq->id));
}

/* The page that is due, which shows its form anew. */
static struct str due_page(const struct flow *f)
{
	return arena_printf(f->rq->arena, "/u/" STR_FMT "?state=" STR_FMT, STR_ARG(f->row.page),
		STR_ARG(url_encode(f->rq->arena, f->id)));
}

/* With the tenant's name, languages and help; of the interaction, which may be another
 * browser's, nothing. */
static struct page begin(const struct flow *f)
{
	struct flow bare = *f;
	struct page p;

	bare.data = NULL;
	p = flow_page(&bare, "error");
	page_set(&p, "title", page_text(f->locale, words[f->trouble].title));
	page_set(&p, "sentence", page_text(f->locale, words[f->trouble].sentence));
	page_set(&p, "request_id", f->rq->id);
	return p;
}

static void answer_page(const struct flow *f, struct http_response *rs)
{
	const char *reason = words[f->trouble].reason;
	struct page p = begin(f);

	assert(f->trouble != FLOW_FINE);
	rs->reason = reason;
	if (f->trouble == FLOW_STALE && f->row.page.n > 0) {
		page_set(&p, "next_uri", due_page(f));
		page_set(&p, "next_label", page_text(f->locale, "error.continue"));
	} else {
		page_set(&p, "reason", str_from(reason));
		page_set_url(&p, "why_uri", why_uri(f, reason));
	}
	page_respond(&p, f->rq, rs, 400);
}

void flow_refuse(const struct flow *f, struct http_response *rs)
{
	/* A bookmark or the back button: what is due now is one redirect away. */
	if (f->trouble == FLOW_STALE && f->rq->method != HTTP_POST)
		response_redirect(rs, 302, due_page(f));
	else
		answer_page(f, rs);
}

enum err flow_refuse_as(struct flow *f, enum flow_trouble trouble, struct http_response *rs)
{
	f->trouble = trouble;
	flow_refuse(f, rs);
	return OK;
}
