/* SPDX-License-Identifier: Apache-2.0 */

/*
 * /u/verify: the link of a letter that confirms an address, or finishes an account. It asks for
 * one press of a button: programs that look at mail follow links, but press nothing.
 */

#include "login/account_mail.h"
#include "login/account_page.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/new_account.h"
#include "login/sign_in.h"
#include "store/user.h"

static const char step[] = "verify";

static void show(const struct flow *f, const struct ticket *ticket, struct http_response *rs)
{
	struct page p = flow_page(f, "verify");

	page_set(&p, "flow", flow_token(f, step, S("")));
	page_set(&p, "ticket", account_ticket_secret(f));
	page_set(&p, "email", ticket->email);
	page_respond(&p, f->rq, rs, 200);
}

struct confirming {
	const struct ticket *ticket;
	struct arena *arena;
	int64_t now;
};

static enum err write_confirm(struct db_conn *conn, void *arg)
{
	const struct confirming *c = arg;
	struct user user;
	enum err err = ticket_take(conn, c->ticket->key, c->now);

	if (err == OK)
		err = user_find(conn, c->arena, c->ticket->user_id, &user);
	if (err != OK)
		return err;
	/* The account has another address by now: this one is nobody's concern. */
	if (!str_eq_nocase(user.email, c->ticket->email))
		return ERR_NOT_FOUND;
	user.email_verified = true;
	user.updated_at = c->now;
	return user_update(conn, &user);
}

static enum err confirm(
	const struct flow *f, const struct ticket *ticket, struct http_response *rs)
{
	struct confirming c = { ticket, f->rq->arena, f->rq->now };
	enum err err = db_write(f->tenant->db, write_confirm, &c);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == OK)
		login_event_write(f, &(struct login_event){ .type = "sv",
					     .description = "E-mail address confirmed",
					     .user_id = ticket->user_id });
	account_page_notice(f, err == OK ? NOTICE_VERIFIED : NOTICE_LINK_USED, rs);
	return OK;
}

/* In the browser that signed up, the interaction goes on. */
static enum err finish(struct flow *f, const struct ticket *ticket, struct http_response *rs)
{
	struct attempts none = { 0 };
	struct user user;
	struct sign_in in = { .flow = f, .user = &user, .attempts = &none, .method = "pwd" };
	enum err err = new_account_finish(f, ticket, &user);

	if (err == ERR_NOT_FOUND || err == ERR_CONFLICT) {
		account_page_notice(
			f, err == ERR_CONFLICT ? NOTICE_EXISTS : NOTICE_LINK_USED, rs);
		return OK;
	}
	if (err != OK)
		return err;
	if (f->id.n > 0 && json_get_str(f->data, "subject").n == 0)
		return sign_in(&in, rs);
	account_page_notice(f, NOTICE_VERIFIED, rs);
	return OK;
}

static enum err serve(struct flow *f, struct http_response *rs)
{
	struct ticket ticket;
	bool new_account = false;
	enum err err = account_ticket_find(f, "verify", &ticket);

	if (err == ERR_NOT_FOUND) {
		err = account_ticket_find(f, "sign_up", &ticket);
		new_account = true;
	}
	if (err == ERR_NOT_FOUND) {
		account_page_notice(f, NOTICE_LINK_USED, rs);
		return OK;
	}
	if (err != OK)
		return err;
	if (f->rq->method == HTTP_POST)
		return new_account ? finish(f, &ticket, rs) : confirm(f, &ticket, rs);
	show(f, &ticket, rs);
	return OK;
}

enum err verify_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, account_page_open, step, serve);
}
