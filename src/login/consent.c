/* SPDX-License-Identifier: Apache-2.0 */

/* /u/consent: what an application may do. */

#include "base/random.h"
#include "login/browser_sessions.h"
#include "login/flow.h"
#include "login/login.h"
#include "login/scope_rows.h"
#include "store/grant.h"
#include "store/user.h"

static const char step[] = "consent";

enum { GRANT_ID_BYTES = 16 };

static struct str scope_list(const struct flow *f)
{
	struct buf b = buf_new(f->rq->arena, 128);

	json_each(scope, json_get(f->data, "scopes"))
	{
		if (b.n > 0)
			buf_addc(&b, ' ');
		buf_add(&b, json_get_str(scope, "value"));
	}
	return buf_str(&b);
}

/* What the person sees and answers: if any of it changes, the answer does not count. */
static struct str detail(const struct flow *f)
{
	return arena_printf(f->rq->arena, STR_FMT "\n" STR_FMT "\n" STR_FMT,
		STR_ARG(json_get_str(f->data, "user_id")),
		STR_ARG(json_get_str(f->data, "audience")), STR_ARG(scope_list(f)));
}

/* Whoever answers must be signed in as the one who is asked. */
static enum err asked_is_here(const struct flow *f, bool *ret)
{
	struct browser_sessions here;
	enum err err =
		browser_sessions_find(f->tenant, f->issuer, f->rq, f->row.client_id, &here);

	if (err != OK)
		return err;
	*ret = browser_sessions_of(&here, &f->tenant->settings,
		       json_get_str(f->data, "user_id"), f->rq->now) != NULL;
	return OK;
}

static enum err show(const struct flow *f, struct http_response *rs)
{
	struct str client = json_get_str(f->data, "client_name");
	struct page p = flow_page(f, "consent");
	struct user user;
	enum err err = user_find(db_reader(f->tenant->db), f->rq->arena,
		json_get_str(f->data, "user_id"), &user);

	if (err == ERR_NOT_FOUND) {
		flow_resume(f, rs);
		return OK;
	}
	if (err != OK)
		return err;
	page_set(&p, "flow", flow_token(f, step, detail(f)));
	page_set(&p, "email", user.email.n > 0 ? user.email : user.username);
	page_set(&p, "client_or_app",
		client.n > 0 ? client : page_text(f->locale, "consent.this_app"));
	page_set(&p, "audience_name", json_get_str(f->data, "audience_name"));
	scope_rows_set(f, &p);
	page_respond(&p, f->rq, rs, 200);
	return OK;
}

static enum err show_asked(struct flow *f, struct http_response *rs)
{
	bool here = false;
	enum err err = asked_is_here(f, &here);

	if (err != OK)
		return err;
	if (here)
		return show(f, rs);
	flow_resume(f, rs);
	return OK;
}

enum err consent_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, step, show_asked);
}

struct answer {
	struct interaction *row;
	struct grant grant;
	int64_t now;
};

static enum err write_answer(struct db_conn *conn, void *arg)
{
	const struct answer *a = arg;
	enum err err = interaction_update(conn, a->row);

	if (err != OK || a->row->denied)
		return err;
	return grant_add(conn, &a->grant, a->now);
}

static enum err answer(struct flow *f, bool denied, struct http_response *rs)
{
	struct answer a = {
		.row = &f->row,
		.grant = {
			.grant_id = random_token(f->rq->arena, GRANT_ID_BYTES),
			.user_id = json_get_str(f->data, "user_id"),
			.client_id = f->row.client_id,
			.audience = json_get_str(f->data, "audience"),
			.scope = scope_list(f),
		},
		.now = f->rq->now,
	};
	enum err err;

	f->row.denied = denied;
	f->row.answered |= PROMPT_CONSENT;
	flow_keep_locale(f);
	err = db_write(f->tenant->db, write_answer, &a);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err == OK)
		flow_resume(f, rs);
	return err;
}

static enum err submit(struct flow *f, struct http_response *rs)
{
	struct str action = params_get(&f->form, "action");
	bool here = false;
	enum err err;

	if (!flow_token_fits(f, step, detail(f)))
		return flow_refuse_as(f, FLOW_STALE, rs);
	err = asked_is_here(f, &here);
	if (err != OK)
		return err;
	if (str_is(action, "deny") || (here && str_is(action, "accept")))
		return answer(f, str_is(action, "deny"), rs);
	flow_resume(f, rs);
	return OK;
}

enum err consent_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, step, submit);
}
