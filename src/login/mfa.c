/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: the second factor, or the way to one. */

#include "login/mfa.h"

#include "login/browser_sessions.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/sign_in.h"

struct str mfa_webauthn_challenge(const struct flow *f, const char *step)
{
	struct str text = arena_printf(f->rq->arena, "%s." STR_FMT "." STR_FMT, step,
		STR_ARG(f->id), STR_ARG(f->cookie));

	return seal_mac(f->tenant->seal, f->rq->arena, "webauthn_challenge", text);
}

struct factor_question mfa_question(const struct mfa *m, const char *step)
{
	struct email_code *mailed = arena_array(m->flow.rq->arena, struct email_code, 1);

	*mailed = mfa_mailed(m);
	return (struct factor_question){
		.tenant = m->flow.tenant,
		.issuer = m->flow.issuer,
		.arena = m->flow.rq->arena,
		.factors = m->factors,
		.count = m->count,
		.challenge = mfa_webauthn_challenge(&m->flow, step),
		.mailed = mailed->binding.n > 0 ? mailed : NULL,
		.now = m->flow.rq->now,
	};
}

const char *mfa_step(const struct mfa *m)
{
	return m->enrolling ? MFA_STEP_ENROLL : MFA_STEP_CHALLENGE;
}

/* Is it one of those that an action accepts before it goes on? */
static bool is_accepted(
	const struct flow *f, const struct session *s, const struct json *wanted)
{
	const struct json *list = NULL;

	if (json_parse(f->rq->arena, s->methods, &list, NULL) != OK)
		return false;
	json_each(method, list)
	{
		if (str_is(json_get_str(method, "name"), "mfa") &&
			json_list_has(wanted, "accepted", json_get_str(method, "type")))
			return true;
	}
	return false;
}

/* Proven in this session, and lately, where that is asked for. */
static bool is_done(const struct flow *f, const struct session *s)
{
	const struct json *wanted = json_get(f->data, "mfa");
	int64_t at = sign_in_factor_at(f->rq->arena, s->methods);

	if (json_get(wanted, "accepted") != NULL && !is_accepted(f, s, wanted))
		return false;
	return at > 0 && at >= json_get_int(f->data, "mfa_after", 0);
}

/* Whoever answers must be signed in as the one who is asked. ERR_NOT_FOUND  nothing is due */
static enum err find_asked(struct mfa *m)
{
	const struct flow *f = &m->flow;
	const struct session *session;
	struct browser_sessions here;
	enum err err =
		browser_sessions_find(f->tenant, f->issuer, f->rq, f->row.client_id, &here);

	if (err != OK)
		return err;
	session = browser_sessions_of(
		&here, &f->tenant->settings, json_get_str(f->data, "user_id"), f->rq->now);
	if (session == NULL || is_done(f, session))
		return ERR_NOT_FOUND;
	m->session = *session;
	err = user_find(db_reader(f->tenant->db), f->rq->arena, session->user_id, &m->user);
	if (err != OK)
		return err;
	err = factor_list(db_reader(f->tenant->db), f->rq->arena, session->user_id, &m->factors,
		&m->count);
	if (err == OK)
		mfa_kinds_read(m);
	return err;
}

/* Who is asked. When *ret is false, `rs` is the answer: another tab was faster, and the
 * decision is asked again. */
static enum err open(struct flow *f, struct mfa *m, bool *ret, struct http_response *rs)
{
	enum err err;

	*m = (struct mfa){ .flow = *f, .trouble = MFA_FINE };
	err = find_asked(m);
	*ret = err == OK;
	if (err != ERR_NOT_FOUND)
		return err;
	flow_resume(f, rs);
	return OK;
}

/* --- enrolment --- */

static enum err enroll_show(struct mfa *m, struct http_response *rs)
{
	struct mfa_draft draft;
	enum err err = mfa_draft_read(m, &draft);

	if (err == ERR_INVALID)
		err = mfa_draft_make(m, &draft);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(&m->flow, FLOW_GONE, rs);
	return err == OK ? mfa_show_enroll(m, &draft, rs) : err;
}

/* ERR_NOT_FOUND  the proof of the new factor is wrong */
static enum err make_factor(
	const struct mfa *m, const struct mfa_draft *draft, struct factor *ret)
{
	const struct flow *f = &m->flow;
	struct factor_question q = mfa_question(m, MFA_STEP_ENROLL);
	int64_t step;

	if (m->kind == &webauthn_kind)
		return webauthn_factor(
			       &q, m->user.user_id, params_get(&f->form, "answer"), ret) == OK
			       ? OK
			       : ERR_NOT_FOUND;
	if (totp_fits(draft->secret, params_get(&f->form, "code"), f->rq->now, &step) != OK)
		return ERR_NOT_FOUND;
	*ret = totp_factor(
		f->tenant, f->rq->arena, m->user.user_id, draft->secret, step, f->rq->now);
	return OK;
}

static bool wants_remembering(const struct flow *f)
{
	return json_get_bool(f->data, "may_remember", false) &&
	       params_get(&f->form, "remember_browser").n > 0;
}

static enum err enroll(struct mfa *m, struct http_response *rs)
{
	struct flow *f = &m->flow;
	const struct settings *settings = &f->tenant->settings;
	struct attempts none = { 0 };
	struct factor fresh, codes;
	struct mfa_draft draft;

	/* Begun in another tab with another secret, say: show what holds now. */
	if (mfa_draft_read(m, &draft) != OK)
		return enroll_show(m, rs);
	if (make_factor(m, &draft, &fresh) != OK) {
		m->trouble = m->kind == &webauthn_kind ? MFA_KEY_WRONG : MFA_WRONG;
		return mfa_show_enroll(m, &draft, rs);
	}
	codes = recovery_codes_factor(
		f->tenant, f->rq->arena, m->user.user_id, draft.codes, f->rq->now);
	f->row.data = mfa_draft_drop(m);
	return mfa_finish(
		&(struct mfa_outcome){ .mfa = m,
			.attempts = &none,
			.fresh = &fresh,
			.fresh_codes = settings->factors & FACTOR_RECOVERY ? &codes : NULL,
			.remember = wants_remembering(f) },
		rs);
}

/* --- challenge --- */

static enum err refuse(struct mfa *m, enum mfa_trouble trouble, const char *event,
	const char *description, struct http_response *rs)
{
	login_event_write(&m->flow, &(struct login_event){ .type = event,
					    .description = description,
					    .user_id = m->user.user_id,
					    .sid = m->session.sid });
	m->trouble = trouble;
	mfa_show_challenge(m, rs);
	return OK;
}

static enum err refuse_wrong(
	struct mfa *m, const struct attempts *attempts, struct http_response *rs)
{
	enum err err = attempts_fail(attempts);

	if (err != OK)
		return err;
	if (m->kind == &webauthn_kind)
		return refuse(m, MFA_KEY_WRONG, "gd_webauthn_challenge_failed",
			"The security key did not fit", rs);
	if (m->kind == &recovery_code_kind)
		return refuse(m, MFA_WRONG, "gd_recovery_failed", "Wrong recovery code", rs);
	if (m->kind == &email_code_kind)
		return refuse(m, MFA_WRONG, "gd_auth_failed", "Wrong code by e-mail", rs);
	return refuse(m, MFA_WRONG, "gd_auth_failed", "Wrong one-time code", rs);
}

static enum err refuse_used(struct mfa *m, struct http_response *rs)
{
	return refuse(m, MFA_USED, "gd_auth_failed", "The code was used already", rs);
}

static enum err verify(struct mfa *m, struct http_response *rs)
{
	auto_attempts attempts = { 0 };
	struct flow *f = &m->flow;
	struct factor_question q = mfa_question(m, mfa_step(m));
	struct factor_proof proof = { 0 };
	enum err err = attempts_enter_factor(
		f->op, f->tenant, f->rq, m->user.user_id, &attempts, &m->retry_after);

	if (err != OK)
		return err;
	if (m->retry_after > 0)
		return refuse(m, MFA_LIMITED, "gd_otp_rate_limit_exceed",
			"Too many wrong answers", rs);
	err = m->kind->judge(&q,
		params_get(&f->form, m->kind == &webauthn_kind ? "answer" : "code"), &proof);
	if (err == ERR_NOT_FOUND)
		return refuse_wrong(m, &attempts, rs);
	if (err == OK)
		err = mfa_finish(&(struct mfa_outcome){ .mfa = m,
					 .attempts = &attempts,
					 .proof = &proof,
					 .remember = wants_remembering(f) },
			rs);
	return err == ERR_CONFLICT ? refuse_used(m, rs) : err;
}

/* --- by e-mail --- */

static enum err tell_mailed(struct mfa *m, enum err err, struct http_response *rs)
{
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(&m->flow, FLOW_GONE, rs);
	if (err == ERR_CONFLICT)
		return refuse(m, MFA_FLOODED, "gd_otp_rate_limit_exceed",
			"Too many codes by e-mail", rs);
	if (err == OK)
		mfa_show_challenge(m, rs);
	return err;
}

/* By a redirect, so that reloading the page mails no other. */
static enum err resend(struct mfa *m, struct http_response *rs)
{
	enum err err = mfa_mail_send(m);

	if (err != OK)
		return tell_mailed(m, err, rs);
	response_redirect(rs, 303,
		arena_printf(m->flow.rq->arena, STR_FMT "u/mfa?state=" STR_FMT "&method=%s",
			STR_ARG(m->flow.issuer->url), STR_ARG(m->flow.id), m->kind->name));
	return OK;
}

/* --- the handlers --- */

static enum err show(struct flow *f, struct http_response *rs)
{
	struct mfa m;
	bool go_on;
	enum err err = open(f, &m, &go_on, rs);

	if (err != OK || !go_on)
		return err;
	m.kind = mfa_choose(&m, params_get(&f->query, "method"));
	if (m.kind == &email_code_kind)
		return tell_mailed(&m, mfa_mail_begin(&m), rs);
	if (m.enrolling)
		return enroll_show(&m, rs);
	mfa_show_challenge(&m, rs);
	return OK;
}

enum err mfa_page(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "mfa", show);
}

static enum err deny(struct flow *f, struct http_response *rs)
{
	enum err err;

	f->row.denied = true;
	err = db_write(f->tenant->db, flow_write_row, &f->row);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err == OK)
		flow_resume(f, rs);
	return err;
}

static enum err answer(struct mfa *m, struct http_response *rs)
{
	struct str wanted = params_get(&m->flow.form, "method");
	enum err err;

	if (str_is(params_get(&m->flow.form, "action"), "deny"))
		return deny(&m->flow, rs);
	m->kind = mfa_choose(m, wanted);
	if (m->kind == &email_code_kind &&
		str_is(params_get(&m->flow.form, "action"), "resend"))
		return resend(m, rs);
	if (m->kind == &email_code_kind || !m->enrolling)
		return verify(m, rs);
	err = enroll(m, rs);
	/* Somebody was faster; now that factor is asked for. */
	if (err == ERR_CONFLICT) {
		flow_resume(&m->flow, rs);
		return OK;
	}
	return err;
}

static enum err submit(struct flow *f, struct http_response *rs)
{
	struct mfa m;
	bool go_on;
	enum err err = open(f, &m, &go_on, rs);

	if (err != OK || !go_on)
		return err;
	if (!flow_token_fits(f, mfa_step(&m), m.user.user_id))
		return flow_refuse_as(f, FLOW_STALE, rs);
	return answer(&m, rs);
}

enum err mfa_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "mfa", submit);
}
