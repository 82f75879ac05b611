/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: codes by e-mail. */

#include "base/random.h"
#include "crypto/digest.h"
#include "login/account_mail.h"
#include "login/attempts.h"
#include "login/login_event.h"
#include "login/mfa.h"
#include "store/attempt.h"

enum { BINDING_BYTES = 16, HOUR = 3600 };

static const char mailed_key[] = "page_mailed";

struct email_code mfa_mailed(const struct mfa *m)
{
	return (struct email_code){
		.user_id = m->user.user_id,
		.address = m->user.email,
		.binding = json_get_str(m->flow.data, mailed_key),
	};
}

/* Who mails are counted for: an account, asked for from one network. */
static struct str network_subject(const struct mfa *m)
{
	const struct http_request *rq = m->flow.rq;

	return sha256(rq->arena, arena_printf(rq->arena, "mail " STR_FMT " " STR_FMT,
					 STR_ARG(attempts_network(rq->arena, rq->remote)),
					 STR_ARG(m->user.user_id)));
}

struct sending {
	struct mfa *mfa;
	struct ticket ticket;
	struct account_mail mail;
};

/* Counted where it is written, so that many tabs get no more. */
static enum err write_sending(struct db_conn *conn, void *arg)
{
	const struct sending *s = arg;
	const struct flow *f = &s->mfa->flow;
	struct str network = network_subject(s->mfa);
	int64_t since = f->rq->now - HOUR;
	int64_t all = 0, here = 0, last;
	enum err err = ticket_count_unused(
		conn, s->mfa->user.user_id, S(EMAIL_CODE_TICKET), since, &all);

	if (err == OK)
		err = attempt_count(conn, network, since, &here, &last);
	if (err == OK && f->op->limits &&
		(here >= EMAIL_CODES_PER_NETWORK || all >= EMAIL_CODES_IN_ALL))
		return ERR_CONFLICT;
	if (err == OK)
		err = attempt_fail(conn, network, f->rq->now, since);
	if (err == OK)
		err = interaction_update(conn, &f->row);
	if (err == OK)
		err = ticket_insert(conn, &s->ticket);
	return err == OK ? account_mail_write(conn, &s->mail) : err;
}

enum err mfa_mail_send(struct mfa *m)
{
	struct flow *f = &m->flow;
	struct arena *a = f->rq->arena;
	struct email_code made = mfa_mailed(m);
	struct sending s = { .mfa = m };
	struct str code = email_code_new(a);
	enum err err;

	made.binding = random_token(a, BINDING_BYTES);
	f->row.data = flow_data_with(f, mailed_key, made.binding);
	s.ticket = (struct ticket){
		.key = email_code_key(f->tenant, a, &made, code),
		.kind = S(EMAIL_CODE_TICKET),
		.user_id = m->user.user_id,
		.client_id = f->row.client_id,
		.created_at = f->rq->now,
		.expires_at = f->rq->now + EMAIL_CODE_SECONDS,
	};
	s.mail = (struct account_mail){ .flow = f,
		.letter = LETTER_CODE,
		.to = m->user.email,
		.code = code,
		.live = true };
	account_mail_prepare(&s.mail);
	err = db_write(f->tenant->db, write_sending, &s);
	if (err == OK)
		login_event_write(f, &(struct login_event){ .type = "gd_send_email",
					     .description = "A code was mailed",
					     .user_id = m->user.user_id,
					     .sid = m->session.sid });
	return err;
}

enum err mfa_mail_used(struct db_conn *conn, const struct mfa *m)
{
	return attempt_clear(conn, network_subject(m));
}

enum err mfa_mail_begin(struct mfa *m)
{
	return mfa_mailed(m).binding.n > 0 ? OK : mfa_mail_send(m);
}
