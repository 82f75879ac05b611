/* SPDX-License-Identifier: Apache-2.0 */

/*
 * /u/reset: a forgotten password. Without a ticket it asks for the address and mails a link;
 * with the ticket of such a link it asks for the new password. Known and unknown addresses get
 * the same answer after the same work.
 */

#include "login/reset_password.h"

#include "crypto/password.h"
#include "login/account_mail.h"
#include "login/account_page.h"
#include "login/attempts.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/login_form.h"
#include "login/new_password.h"
#include "store/user.h"

static const char step[] = "reset";

static void show_ask(const struct flow *f, struct str username, const char *trouble,
	int64_t retry_after, struct http_response *rs)
{
	struct page p = flow_page(f, "reset");

	page_set(&p, "flow", flow_token(f, step, S("")));
	page_set(&p, "username", str_first(username, USERNAME_MAX));
	page_set(&p, "login_uri", account_page_login_uri(f));
	flow_page_trouble(&p, f, trouble, retry_after);
	page_respond(&p, f->rq, rs, retry_after > 0 ? 429 : trouble ? 400 : 200);
}

/* Nobody was found: the same letter to nobody. */
static enum err find_receiver(
	const struct flow *f, struct str identifier, struct user *user, bool *ret_live)
{
	bool flooded = false;
	enum err err =
		user_find_by_login(db_reader(f->tenant->db), f->rq->arena, identifier, user);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	*ret_live = err == OK && user->email.n > 0;
	if (!*ret_live)
		user->email = identifier;
	err = account_mail_is_flooded(f, user->email, &flooded);
	*ret_live = *ret_live && !flooded;
	return err;
}

struct asking {
	struct account_mail mail;
	const struct attempts *attempts;
};

static enum err write_asking(struct db_conn *conn, void *arg)
{
	const struct asking *asking = arg;
	enum err err = attempts_write_failure(conn, asking->attempts);

	return err == OK ? account_mail_write(conn, &asking->mail) : err;
}

enum err reset_password_ask(
	const struct flow *f, struct str identifier, int64_t *ret_retry_after)
{
	struct str who = arena_printf(f->rq->arena, "reset " STR_FMT, STR_ARG(identifier));
	auto_attempts attempts = { 0 };
	struct user user = { 0 };
	struct asking asking = {
		.mail = { .flow = f, .letter = LETTER_RESET, .page = "reset", .kind = "reset" },
		.attempts = &attempts,
	};
	enum err err = attempts_enter(f->op, f->tenant, f->rq, who, &attempts, ret_retry_after);

	if (err != OK || *ret_retry_after > 0)
		return err;
	err = find_receiver(f, identifier, &user, &asking.mail.live);
	if (err != OK)
		return err;
	asking.mail.to = user.email;
	asking.mail.ticket.user_id = user.user_id;
	asking.mail.ticket.client_id = f->row.client_id;
	account_mail_prepare(&asking.mail);
	err = db_write(f->tenant->db, write_asking, &asking);
	if (err == OK)
		login_event_write(f, &(struct login_event){ .type = "scpr",
					     .description = "Password reset asked for",
					     .user_id = user.user_id });
	return err;
}

static enum err submit_ask(const struct flow *f, struct http_response *rs)
{
	struct str identifier = str_trim(params_get(&f->form, "username"));
	int64_t retry_after = 0;
	enum err err;

	if (identifier.n == 0 || identifier.n > USERNAME_MAX) {
		show_ask(f, identifier, "no_username", 0, rs);
		return OK;
	}
	err = reset_password_ask(f, identifier, &retry_after);
	if (err != OK)
		return err;
	if (retry_after > 0)
		show_ask(f, identifier, "limited", retry_after, rs);
	else
		account_page_notice(f, NOTICE_RESET_SENT, rs);
	return OK;
}

static void show_new(const struct flow *f, const struct ticket *ticket,
	enum password_trouble trouble, struct http_response *rs)
{
	struct page p = flow_page(f, "new_password");

	page_set(&p, "flow", flow_token(f, step, S("")));
	page_set(&p, "ticket", account_ticket_secret(f));
	page_set(&p, "email", ticket->email);
	new_password_show(&p, f, trouble);
	page_respond(&p, f->rq, rs, trouble == PASSWORD_FINE ? 200 : 400);
}

struct reset {
	struct new_password password;
	struct account_mail mail;
	struct str key;
};

static enum err write_reset(struct db_conn *conn, void *arg)
{
	const struct reset *r = arg;
	enum err err = ticket_take(conn, r->key, r->password.flow->rq->now);

	if (err == OK)
		err = new_password_write(conn, &r->password);
	return err == OK ? account_mail_write(conn, &r->mail) : err;
}

static enum err set_password(const struct flow *f, const struct ticket *ticket,
	struct str password, struct http_response *rs)
{
	struct reset r = {
		.password = { .flow = f,
			.user_id = ticket->user_id,
			.proven_address = ticket->email },
		.mail = { .flow = f,
			.letter = LETTER_CHANGED,
			.to = ticket->email,
			.live = true },
		.key = ticket->key,
	};
	enum err err = password_hash(f->rq->arena, password, &r.password.hash);

	if (err != OK)
		return err;
	account_mail_prepare(&r.mail);
	err = db_write(f->tenant->db, write_reset, &r);
	if (err == ERR_NOT_FOUND) {
		account_page_notice(f, NOTICE_LINK_USED, rs);
		return OK;
	}
	if (err != OK)
		return err;
	login_event_write(f, &(struct login_event){ .type = "scp",
				     .description = "Password reset",
				     .user_id = ticket->user_id });
	account_page_notice(f, NOTICE_PASSWORD_CHANGED, rs);
	return OK;
}

/* With a ticket: the page, or what was typed on it. */
static enum err serve_ticket(const struct flow *f, struct http_response *rs)
{
	struct str password = params_get(&f->form, "password");
	enum password_trouble trouble;
	struct ticket ticket;
	struct user user = { 0 };
	enum err err = account_ticket_find(f, "reset", &ticket);

	if (err == OK)
		err = user_find(db_reader(f->tenant->db), f->rq->arena, ticket.user_id, &user);
	if (err == ERR_NOT_FOUND) {
		account_page_notice(f, NOTICE_LINK_USED, rs);
		return OK;
	}
	if (err != OK)
		return err;
	if (f->rq->method != HTTP_POST) {
		show_new(f, &ticket, PASSWORD_FINE, rs);
		return OK;
	}
	trouble = new_password_judge(f, password, user.email, user.username);
	if (trouble == PASSWORD_FINE)
		return set_password(f, &ticket, password, rs);
	if (trouble == PASSWORD_BREACHED)
		login_event_write(f, &(struct login_event){ .type = "reset_pwd_leak",
					     .description = "A password that was stolen",
					     .user_id = user.user_id });
	show_new(f, &ticket, trouble, rs);
	return OK;
}

static enum err serve(struct flow *f, struct http_response *rs)
{
	if (account_ticket_secret(f).n > 0)
		return serve_ticket(f, rs);
	if (f->rq->method == HTTP_POST)
		return submit_ask(f, rs);
	show_ask(f, S(""), NULL, 0, rs);
	return OK;
}

enum err reset_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, account_page_open, step, serve);
}
