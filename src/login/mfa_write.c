/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: what is written when a person has proven themselves. */

#include "login/login_event.h"
#include "login/mfa.h"
#include "login/sign_in.h"
#include "store/remembered_browser.h"
#include "tenant/browser.h"

enum { COOKIES_LOOKED_AT = 4 };

struct writing {
	const struct mfa_outcome *out;
	struct str before; /* the digest of the browser's cookie until now; may be empty */
	struct str after;
};

/* Two tabs, or somebody else: the first factor is enrolled once. */
static enum err write_fresh(struct db_conn *conn, const struct mfa_outcome *out)
{
	struct arena *a = out->mfa->flow.rq->arena;
	struct factor *list;
	size_t count;
	enum err err = factor_list(conn, a, out->fresh->user_id, &list, &count);

	if (err != OK)
		return err;
	if (factor_has_any(list, count))
		return ERR_CONFLICT;
	err = factor_insert(conn, out->fresh);
	return err == OK && out->fresh_codes != NULL
		       ? recovery_codes_replace(conn, a, out->fresh_codes)
		       : err;
}

/* Whoever shows the code reads what goes to that address. */
static enum err write_address(struct db_conn *conn, const struct mfa *m)
{
	const struct http_request *rq = m->flow.rq;
	struct user user;
	enum err err = user_find(conn, rq->arena, m->user.user_id, &user);

	if (err != OK)
		return err;
	if (!str_eq(user.email, m->user.email))
		return ERR_CONFLICT;
	if (user.email_verified)
		return OK;
	user.email_verified = true;
	user.updated_at = rq->now;
	return user_update(conn, &user);
}

static enum err write_proof(struct db_conn *conn, const struct mfa_outcome *out)
{
	enum err err = factor_proof_write(conn, out->proof, out->mfa->flow.rq->now);

	if (err != OK || out->mfa->kind != &email_code_kind)
		return err;
	err = mfa_mail_used(conn, out->mfa);
	return err == OK ? write_address(conn, out->mfa) : err;
}

static enum err write_session(struct db_conn *conn, const struct mfa_outcome *out)
{
	const struct http_request *rq = out->mfa->flow.rq;
	struct session session;
	enum err err = session_find(conn, rq->arena, out->mfa->session.sid, &session);

	if (err != OK)
		return err;
	return session_set_methods(conn, session.sid,
		sign_in_methods(
			rq->arena, session.methods, "mfa", out->mfa->kind->method, rq->now_ms));
}

static enum err remember(struct db_conn *conn, const struct writing *w)
{
	const struct http_request *rq = w->out->mfa->flow.rq;
	struct remembered_browser row = {
		.browser = w->after,
		.user_id = w->out->mfa->user.user_id,
		.user_agent = login_user_agent(rq),
		.ip = rq->remote,
		.created_at = rq->now,
	};

	return remembered_browser_add(conn, w->before, &row);
}

static enum err write_outcome(struct db_conn *conn, void *arg)
{
	const struct writing *w = arg;
	const struct mfa_outcome *out = w->out;
	struct flow *f = &out->mfa->flow;
	struct interaction row;
	enum err err = interaction_find(conn, f->rq->arena, f->row.key, f->rq->now, &row);

	if (err == OK)
		err = out->proof != NULL ? write_proof(conn, out) : write_fresh(conn, out);
	if (err == OK)
		err = write_session(conn, out);
	if (err == OK)
		err = attempts_forget(conn, out->attempts);
	if (err == OK && out->remember)
		err = remember(conn, w);
	if (err != OK)
		return err;
	f->row.answered = row.answered | ANSWERED_MFA;
	return interaction_update(conn, &f->row);
}

static struct str digest_before(const struct flow *f)
{
	for (size_t i = 0; i < COOKIES_LOOKED_AT; i++) {
		struct str cookie = http_cookie(f->rq, f->issuer->mfa_cookie, i);
		struct str digest;

		if (cookie.n == 0)
			break;
		if (browser_secret_read(f->tenant, f->rq->arena, cookie, &digest) == OK)
			return digest;
	}
	return (struct str){ 0 };
}

static void write_event(const struct mfa_outcome *out)
{
	const struct mfa *m = out->mfa;
	bool recovery = m->kind == &recovery_code_kind;

	if (m->enrolling)
		login_event_write(
			&m->flow, &(struct login_event){ .type = "gd_enrollment_complete",
					  .description = "A second factor was enrolled",
					  .user_id = m->user.user_id,
					  .sid = m->session.sid });
	login_event_write(
		&m->flow, &(struct login_event){
				  .type = recovery ? "gd_recovery_succeed" : "gd_auth_succeed",
				  .description = recovery ? "A recovery code was used"
							  : "The second factor was given",
				  .user_id = m->user.user_id,
				  .sid = m->session.sid });
}

enum err mfa_finish(const struct mfa_outcome *out, struct http_response *rs)
{
	struct flow *f = &out->mfa->flow;
	struct browser_secret secret = browser_secret_new(f->tenant, f->rq->arena);
	struct writing w = { .out = out, .before = digest_before(f), .after = secret.digest };
	enum err err;

	flow_keep_locale(f);
	err = db_write(f->tenant->db, write_outcome, &w);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err != OK)
		return err;
	write_event(out);
	if (out->remember)
		response_cookie(rs, f->rq->arena, f->issuer->mfa_cookie, secret.cookie, "None",
			REMEMBERED_SECONDS);
	flow_resume(f, rs);
	return OK;
}
