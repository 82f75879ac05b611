/* SPDX-License-Identifier: Apache-2.0 */

/* /u/account/delete: the end of an account, confirmed by its address. */

#include "login/account_page.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/own_page.h"
#include "tenant/session_ending.h"

static const char path[] = "u/account/delete";

static enum err write_delete(struct db_conn *conn, void *arg)
{
	const struct own_page *p = arg;

	return user_delete(conn, p->user.user_id, p->flow.rq->now);
}

static enum err erase(struct own_page *p, struct http_response *rs)
{
	enum err err = db_write(p->flow.tenant->db, write_delete, p);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	login_event_write(&p->flow, &(struct login_event){ .type = "sdu",
					    .description = "Account deleted by its owner",
					    .user_id = p->user.user_id });
	browser_state_renew(
		p->flow.issuer, p->flow.rq, rs, p->flow.tenant->settings.session_lifetime);
	account_page_notice(&p->flow, NOTICE_ACCOUNT_DELETED, rs);
	return OK;
}

static enum err serve(struct own_page *p, struct http_response *rs)
{
	struct str login = p->user.email.n > 0 ? p->user.email : p->user.username;
	struct str typed = str_trim(params_get(&p->flow.form, "confirm"));
	bool posted = p->flow.rq->method == HTTP_POST;
	struct page page;

	if (posted && str_eq_nocase(typed, login))
		return erase(p, rs);
	page = own_page_begin(p, "delete");
	page_set(&page, "trouble", posted ? S("1") : S(""));
	page_respond(&page, p->flow.rq, rs, posted ? 400 : 200);
	return OK;
}

enum err delete_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, path, OWN_PAGE_FRESH, serve);
}
