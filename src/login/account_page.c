/* SPDX-License-Identifier: Apache-2.0 */
#include "login/account_page.h"

#include "base/url.h"
#include "notify/notify.h"

static const struct {
	int status;
	const char *title;
	const char *sentence;
	bool ask_again; /* the way on is a new link, not a sign-in */
	bool no_way_on;
} notices[NOTICES] = {
	[NOTICE_RESET_SENT] = { 200, "reset.sent.title", "reset.sent.body", false, true },
	[NOTICE_LINK_USED] = { 400, "ticket.gone.title", "ticket.gone.body", true, false },
	[NOTICE_PASSWORD_CHANGED] = { 200, "reset.done.title", "reset.done.body", false,
		false },
	[NOTICE_SIGN_UP_SENT] = { 200, "signup.sent.title", "signup.sent.body", false, true },
	[NOTICE_VERIFIED] = { 200, "verify.done.title", "verify.done.body", false, false },
	[NOTICE_EXISTS] = { 400, "signup.exists.title", "signup.exists.body", false, false },
	[NOTICE_ACCOUNT_DELETED] = { 200, "delete.done.title", "delete.done.body", false,
		true },
};

enum err account_page_open(struct provider *op, const struct tenant *tenant,
	const struct http_request *rq, const char *step, struct flow *ret)
{
	struct flow bare = flow_without_row(op, tenant, rq);
	struct flow f;
	enum err err;

	if (bare.trouble == FLOW_FINE && params_get(&bare.query, "state").n > 0) {
		err = flow_open(op, tenant, rq, "login", &f);
		if (err != OK)
			return err;
		if (f.trouble == FLOW_FINE)
			bare = f;
	}
	if (bare.trouble == FLOW_FINE && rq->method == HTTP_POST &&
		!flow_token_fits(&bare, step, S("")))
		bare.trouble = FLOW_STALE;
	*ret = bare;
	return OK;
}

struct str account_page_login_uri(const struct flow *f)
{
	if (f->id.n == 0)
		return S("/u/account");
	return arena_printf(f->rq->arena, "/u/login?login=1&state=" STR_FMT,
		STR_ARG(url_encode(f->rq->arena, f->id)));
}

static struct str reset_uri(const struct flow *f)
{
	if (f->id.n == 0)
		return S("/u/reset");
	return arena_printf(f->rq->arena, "/u/reset?state=" STR_FMT,
		STR_ARG(url_encode(f->rq->arena, f->id)));
}

void account_page_notice(
	const struct flow *f, enum account_notice notice, struct http_response *rs)
{
	struct page p = flow_page(f, "notice");
	bool again = notices[notice].ask_again;

	page_set(&p, "title", page_text(f->locale, notices[notice].title));
	page_set(&p, "sentence", page_text(f->locale, notices[notice].sentence));
	if (!notices[notice].no_way_on) {
		page_set(&p, "next_uri", again ? reset_uri(f) : account_page_login_uri(f));
		page_set(&p, "next_label",
			page_text(f->locale, again ? "ticket.again" : "signup.login"));
	}
	page_respond(&p, f->rq, rs, notices[notice].status);
}

bool account_page_has_sign_up(const struct flow *f)
{
	const struct settings *settings = &f->tenant->settings;

	return settings->sign_up &&
	       (settings->sign_up_tells || notify_can_send(f->op, f->tenant));
}
