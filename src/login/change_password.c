/* SPDX-License-Identifier: Apache-2.0 */

/* /u/password: a new password, by somebody who proved lately who they are. */

#include "crypto/password.h"
#include "login/account_mail.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/new_password.h"
#include "login/own_page.h"

static const char path[] = "u/password";

struct change {
	struct new_password password;
	struct account_mail mail;
};

static enum err write_change(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	enum err err = new_password_write(conn, &c->password);

	return err == OK ? account_mail_write(conn, &c->mail) : err;
}

static void show(
	const struct own_page *p, enum password_trouble trouble, struct http_response *rs)
{
	struct page page = own_page_begin(p, "new_password");

	new_password_show(&page, &p->flow, trouble);
	page_respond(&page, p->flow.rq, rs, trouble == PASSWORD_FINE ? 200 : 400);
}

static enum err change(const struct own_page *p, struct str password, struct http_response *rs)
{
	const struct flow *f = &p->flow;
	struct change c = {
		.password = { .flow = f,
			.user_id = p->user.user_id,
			.keep_sid = p->session.sid },
		.mail = { .flow = f,
			.letter = LETTER_CHANGED,
			.to = p->user.email,
			.live = true },
	};
	enum err err = password_hash(f->rq->arena, password, &c.password.hash);

	if (err != OK)
		return err;
	account_mail_prepare(&c.mail);
	err = db_write(f->tenant->db, write_change, &c);
	if (err != OK)
		return err;
	login_event_write(f, &(struct login_event){ .type = "scp",
				     .description = "Password changed",
				     .user_id = p->user.user_id,
				     .sid = p->session.sid });
	response_redirect(rs, 303,
		arena_printf(f->rq->arena, STR_FMT STR_FMT "&done=1",
			STR_ARG(f->issuer->origin), STR_ARG(own_page_uri(p, "u/account"))));
	return OK;
}

static enum err serve(struct own_page *p, struct http_response *rs)
{
	struct str password = params_get(&p->flow.form, "password");
	enum password_trouble trouble = PASSWORD_FINE;

	if (p->flow.rq->method == HTTP_POST) {
		trouble =
			new_password_judge(&p->flow, password, p->user.email, p->user.username);
		if (trouble == PASSWORD_FINE)
			return change(p, password, rs);
	}
	show(p, trouble, rs);
	return OK;
}

enum err password_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, path, OWN_PAGE_FRESH, serve);
}
