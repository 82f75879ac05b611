/* SPDX-License-Identifier: Apache-2.0 */

/* /u/account without a state: a person's own page. */

#include "login/user_page.h"

#include "base/url.h"
#include "login/account_mail.h"
#include "store/grant.h"
#include "store/refresh_token.h"
#include "tenant/session_ending.h"

static const char path[] = "u/account";

/* Other accounts of this browser, each with a page of its own. */
static enum err set_accounts(const struct own_page *p, struct page *page)
{
	const struct flow *f = &p->flow;
	struct page_row *rows =
		arena_array(f->rq->arena, struct page_row, SESSIONS_PER_BROWSER);
	size_t count = 0;

	for (size_t i = 0; i < p->here.count; i++) {
		const struct session *s = &p->here.list[i];
		struct user user;
		enum err err;

		if (str_eq(s->sid, p->session.sid) ||
			!session_is_live(s, &f->tenant->settings, f->rq->now))
			continue;
		err = user_find(db_reader(f->tenant->db), f->rq->arena, s->user_id, &user);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err != OK)
			return err;
		page_row_set(
			&rows[count], "other", user.email.n > 0 ? user.email : user.username);
		page_row_set(&rows[count++], "other_uri",
			arena_printf(f->rq->arena, "/%s?sid=" STR_FMT, path,
				STR_ARG(url_encode(f->rq->arena, s->sid))));
	}
	page_set_rows(page, "accounts", rows, count);
	return OK;
}

static enum err show(struct own_page *p, struct http_response *rs)
{
	const struct flow *f = &p->flow;
	struct page page = own_page_begin(p, "user");
	bool can_verify = p->user.email.n > 0 && !p->user.email_verified &&
			  notify_can_send(f->op, f->tenant);
	enum err err;

	page_set(&page, "done", params_get(&f->query, "done").n > 0 ? S("1") : S(""));
	page_set(&page, "unverified", can_verify ? S("1") : S(""));
	page_set(&page, "password_uri", own_page_uri(p, "u/password"));
	page_set(&page, "factors_uri", own_page_uri(p, "u/mfa/manage"));
	page_set(&page, "export_uri", own_page_uri(p, "u/account/export"));
	page_set(&page, "delete_uri", own_page_uri(p, "u/account/delete"));
	err = set_accounts(p, &page);
	if (err == OK)
		err = user_page_set_sessions(p, &page);
	if (err == OK)
		err = user_page_set_apps(p, &page);
	if (err == OK)
		page_respond(&page, f->rq, rs, 200);
	return err;
}

enum err user_page_show(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, path, OWN_PAGE_ANY_AGE, show);
}

struct change {
	const struct own_page *page;
	struct str value;
};

static enum err end_one(struct db_conn *conn, const struct change *c, struct str sid)
{
	const struct flow *f = &c->page->flow;
	struct session session;
	enum err err = session_find(conn, f->rq->arena, sid, &session);

	if (err != OK)
		return err;
	if (!str_eq(session.user_id, c->page->user.user_id))
		return ERR_NOT_FOUND;
	return session_end_with_tokens(
		f->tenant, conn, f->rq->arena, sid, S("user"), f->rq->now);
}

static enum err write_end(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;

	return end_one(conn, c, c->value);
}

static enum err write_end_others(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	struct session *list;
	size_t count;
	enum err err = session_list_by_user(
		conn, c->page->flow.rq->arena, c->page->user.user_id, &list, &count);

	for (size_t i = 0; err == OK && i < count; i++)
		if (!str_eq(list[i].sid, c->page->session.sid))
			err = end_one(conn, c, list[i].sid);
	return err;
}

static enum err write_revoke(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	const struct http_request *rq = c->page->flow.rq;
	struct str user_id = c->page->user.user_id;
	struct grant *grants;
	size_t count;
	enum err err = grant_list_by_user(conn, rq->arena, user_id, &grants, &count);

	for (size_t i = 0; err == OK && i < count; i++)
		if (str_eq(grants[i].client_id, c->value))
			err = grant_delete(conn, grants[i].grant_id, rq->now);
	/* An empty client_id would mean all of them. */
	if (err != OK || c->value.n == 0)
		return err;
	err = refresh_family_revoke_by_user(
		conn, user_id, c->value, S("grant_deleted"), rq->now);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err send_verification(const struct own_page *p)
{
	bool flooded = false;
	enum err err = account_mail_is_flooded(&p->flow, p->user.email, &flooded);
	struct account_mail mail = {
		.flow = &p->flow,
		.letter = LETTER_VERIFY,
		.to = p->user.email,
		.page = "verify",
		.kind = "verify",
		.live = !flooded && !p->user.email_verified,
		.ticket.user_id = p->user.user_id,
	};

	if (err != OK)
		return err;
	account_mail_prepare(&mail);
	return db_write(p->flow.tenant->db, account_mail_write_all, &mail);
}

static const struct own_change changes[] = {
	{ "end", NULL, write_end, "slo", "A session ended by its owner" },
	{ NULL, "end_others", write_end_others, "slo", "Other sessions ended by their owner" },
	{ "revoke", NULL, write_revoke, "srrt", "An application's access was taken back" },
};

static enum err act(const struct own_page *p)
{
	struct change c = { .page = p };

	if (str_is(params_get(&p->flow.form, "action"), "verify"))
		return send_verification(p);
	return own_page_change(p, changes, sizeof(changes) / sizeof(changes[0]), &c, &c.value);
}

static bool is_of_browser(const struct own_page *p, struct str sid)
{
	for (size_t i = 0; i < p->here.count; i++)
		if (str_eq(p->here.list[i].sid, sid))
			return true;
	return false;
}

static enum err submit(struct own_page *p, struct http_response *rs)
{
	const struct flow *f = &p->flow;
	enum err err = act(p);

	if (err == OK && is_of_browser(p, params_get(&f->form, "end")))
		browser_state_renew(f->issuer, f->rq, rs, f->tenant->settings.session_lifetime);
	/* Gone already: that is what was asked for. */
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	response_redirect(rs, 303,
		arena_printf(f->rq->arena, STR_FMT STR_FMT "&done=1",
			STR_ARG(f->issuer->origin), STR_ARG(own_page_uri(p, path))));
	return OK;
}

enum err user_page_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, path, OWN_PAGE_ANY_AGE, submit);
}
