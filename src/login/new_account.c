/* SPDX-License-Identifier: Apache-2.0 */
#include "login/new_account.h"

#include "login/login_event.h"
#include "tenant/user_fields.h"
#include "json/json_writer.h"

bool new_account_email_fits(struct str email)
{
	ptrdiff_t at = str_index(email, '@');

	return notify_is_address(email) && at > 0 && str_index(email, '\'') != 0;
}

static struct user user_of(const struct new_account *n, struct str user_id)
{
	return (struct user){
		.user_id = user_id,
		.email = n->email,
		.name = n->name,
		.password_hash = n->password_hash,
		.created_at = n->flow->rq->now,
		.updated_at = n->flow->rq->now,
	};
}

struct making {
	const struct new_account *account;
	struct account_mail mail;
	bool insert;
};

static enum err write_making(struct db_conn *conn, void *arg)
{
	const struct making *m = arg;
	enum err err = attempts_write_failure(conn, m->account->attempts);

	if (err == OK && m->insert)
		err = user_insert(conn, &m->account->user);
	return err == OK ? account_mail_write(conn, &m->mail) : err;
}

/* What the account will be, kept beside the link until it is followed. */
static struct str seal_account(const struct new_account *n)
{
	struct arena *a = n->flow->rq->arena;
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_str(&w, "user_id", n->user.user_id);
	json_put_str(&w, "email", n->email);
	json_put_opt(&w, "name", n->name);
	json_put_str(&w, "password_hash", n->password_hash);
	json_end_map(&w);
	return seal_close(n->flow->tenant->seal, a, SEAL_TICKET, buf_str(&b));
}

/* Both letters cost the same, and the page says the same of them. */
static enum err write_letter(struct new_account *n, const struct user *existing)
{
	struct making m = {
		.account = n,
		.mail = { .flow = n->flow, .to = n->email, .live = true },
	};
	struct str sealed = seal_account(n);
	bool flooded = false;
	enum err err = account_mail_is_flooded(n->flow, n->email, &flooded);

	if (err != OK)
		return err;
	m.mail.live = !flooded;
	m.mail.ticket.client_id = n->client_id;
	m.mail.letter = existing ? LETTER_EXISTS : LETTER_SIGN_UP;
	m.mail.page = existing ? "reset" : "verify";
	m.mail.kind = existing ? "reset" : "sign_up";
	m.mail.ticket.sealed = sealed;
	/* Its own address: what was typed may be its user name, and somebody else's mailbox. */
	if (existing) {
		m.mail.to = existing->email;
		m.mail.ticket.user_id = existing->user_id;
	}
	account_mail_prepare(&m.mail);
	return db_write(n->flow->tenant->db, write_making, &m);
}

static enum err write_account(struct new_account *n)
{
	struct making m = {
		.account = n,
		.mail = { .flow = n->flow,
			.to = n->email,
			.letter = LETTER_VERIFY,
			.page = "verify",
			.kind = "verify",
			.live = notify_can_send(n->flow->op, n->flow->tenant) },
		.insert = true,
	};
	enum err err;

	m.mail.ticket.user_id = n->user.user_id;
	m.mail.ticket.client_id = n->client_id;
	account_mail_prepare(&m.mail);
	err = db_write(n->flow->tenant->db, write_making, &m);
	if (err == OK)
		login_event_write(n->flow, &(struct login_event){ .type = "ss",
						   .description = "Signed up",
						   .user_id = n->user.user_id });
	return err;
}

enum err new_account_make(struct new_account *n)
{
	const struct flow *f = n->flow;
	struct user existing;
	enum err err =
		user_find_by_login(db_reader(f->tenant->db), f->rq->arena, n->email, &existing);
	bool exists = err == OK;

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	n->user = user_of(n, user_id_new(f->rq->arena));
	if (!f->tenant->settings.sign_up_tells)
		return write_letter(n, exists ? &existing : NULL);
	return exists ? ERR_CONFLICT : write_account(n);
}

struct finishing {
	struct user user;
	const struct ticket *ticket;
};

static enum err write_finish(struct db_conn *conn, void *arg)
{
	const struct finishing *f = arg;
	enum err err = ticket_take(conn, f->ticket->key, f->user.created_at);

	return err == OK ? user_insert(conn, &f->user) : err;
}

enum err new_account_finish(const struct flow *f, const struct ticket *ticket, struct user *ret)
{
	struct finishing finishing = { .ticket = ticket };
	const struct json *body;
	struct str plain;
	enum err err;

	if (seal_open(f->tenant->seal, f->rq->arena, SEAL_TICKET, ticket->sealed, &plain) !=
			OK ||
		json_parse(f->rq->arena, plain, &body, NULL) != OK)
		return ERR_NOT_FOUND;
	finishing.user = (struct user){
		.user_id = json_get_str(body, "user_id"),
		.email = json_get_str(body, "email"),
		.email_verified = true,
		.name = json_get_str(body, "name"),
		.password_hash = json_get_str(body, "password_hash"),
		.created_at = f->rq->now,
		.updated_at = f->rq->now,
	};
	err = db_write(f->tenant->db, write_finish, &finishing);
	if (err != OK)
		return err;
	login_event_write(f, &(struct login_event){ .type = "ss",
				     .description = "Signed up",
				     .user_id = finishing.user.user_id });
	*ret = finishing.user;
	return OK;
}
