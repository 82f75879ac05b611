/* SPDX-License-Identifier: Apache-2.0 */
#include "login/passkey.h"

#include "login/login_event.h"
#include "login/mfa.h"
#include "login/sign_in.h"

struct factor_question passkey_question(const struct flow *f)
{
	return (struct factor_question){
		.tenant = f->tenant,
		.issuer = f->issuer,
		.arena = f->rq->arena,
		.challenge = mfa_webauthn_challenge(f, LOGIN_STEP_PASSKEY),
		.now = f->rq->now,
	};
}

struct found {
	struct factor factor;
	struct factor_proof proof;
	struct user user;
};

/* ERR_NOT_FOUND  no passkey of ours, or it did not sign this
 * ERR_CONFLICT   it did, but that counted already */
static enum err prove(struct flow *f, struct str answer, struct found *ret)
{
	struct factor_question q = passkey_question(f);
	struct db_conn *conn = db_reader(f->tenant->db);
	struct arena *a = f->rq->arena;
	struct str id;
	enum err err;

	if (webauthn_factor_id(a, answer, &id) != OK)
		return ERR_NOT_FOUND;
	err = factor_find(conn, a, id, &ret->factor);
	if (err != OK)
		return err;
	if (!str_is(ret->factor.type, "passkey") ||
		!webauthn_names_user(a, answer, ret->factor.user_id))
		return ERR_NOT_FOUND;
	q.factors = &ret->factor;
	q.count = 1;
	err = webauthn_kind.judge(&q, answer, &ret->proof);
	if (err != OK)
		return err;
	if (!ret->proof.is_user_verified)
		return ERR_NOT_FOUND;
	return user_find(conn, a, ret->factor.user_id, &ret->user);
}

static enum err refuse(struct flow *f, enum login_trouble trouble, const char *description,
	struct str user_id, struct http_response *rs)
{
	struct login_form form = { .trouble = trouble };

	login_event_write(f, &(struct login_event){ .type = "f",
				     .description = description,
				     .reason = trouble == LOGIN_BLOCKED ? "user_blocked" : NULL,
				     .user_id = user_id });
	login_form_show(f, &form, rs);
	return OK;
}

enum err passkey_submit(struct flow *f, struct http_response *rs)
{
	struct attempts none = { 0 };
	struct found found = { 0 };
	enum err err = prove(f, params_get(&f->form, "answer"), &found);

	if (err == ERR_NOT_FOUND)
		return refuse(f, LOGIN_PASSKEY_WRONG, "Unknown or wrong passkey",
			found.factor.user_id, rs);
	if (err == OK && found.user.blocked)
		return refuse(f, LOGIN_BLOCKED, "User is blocked", found.user.user_id, rs);
	if (err == OK && !flow_is_about(f, found.user.user_id))
		return refuse(f, LOGIN_NOT_SUBJECT, "Another account was asked for",
			found.user.user_id, rs);
	if (err == OK)
		err = sign_in(&(struct sign_in){ .flow = f,
				      .user = &found.user,
				      .attempts = &none,
				      .method = "passkey",
				      .proof = &found.proof,
				      .remember = params_get(&f->form, "remember").n > 0 },
			rs);
	if (err == ERR_CONFLICT)
		return refuse(f, LOGIN_PASSKEY_WRONG, "The passkey's answer came twice",
			found.user.user_id, rs);
	return err;
}
