/* SPDX-License-Identifier: Apache-2.0 */

/* /u/login: identifier and password. */

#include "login/login.h"

#include "crypto/password.h"
#include "login/account_page.h"
#include "login/attempts.h"
#include "login/browser_sessions.h"
#include "login/login_event.h"
#include "login/login_form.h"
#include "login/passkey.h"
#include "login/sign_in.h"
#include "store/user.h"

/*
 * The e-mail of whom the request is about, but only where this browser has signed that person
 * in before: a link with somebody's user_id must not tell their address.
 */
static enum err find_known_name(const struct flow *f, struct str *ret)
{
	bool is_named = json_get_str(f->data, "subject").n > 0;
	struct str user_id = json_get_str(f->data, "user_id");
	struct browser_sessions here;
	struct user user;
	enum err err = browser_sessions_find(f->tenant, f->issuer, f->rq, S(""), &here);

	if (err != OK)
		return err;
	for (size_t i = 0; i < here.count; i++) {
		if (is_named ? !flow_is_about(f, here.list[i].user_id)
			     : !str_eq(here.list[i].user_id, user_id))
			continue;
		err = user_find(
			db_reader(f->tenant->db), f->rq->arena, here.list[i].user_id, &user);
		if (err != OK)
			return err == ERR_NOT_FOUND ? OK : err;
		*ret = user.email.n > 0 ? user.email : user.username;
		return OK;
	}
	return OK;
}

static enum err find_name(const struct flow *f, struct str *ret)
{
	struct str hint = json_get_str(f->data, "login_hint");

	*ret = json_get_str(f->data, "page_username");
	if (json_get(f->data, "page_username") != NULL) /* "" when they chose "another" */
		return OK;
	if (hint.n > 0 && !str_eq(hint, json_get_str(f->data, "subject"))) {
		*ret = hint;
		return OK;
	}
	return find_known_name(f, ret);
}

/* The application asked for it (screen_hint=signup, prompt=create), and the person has not come
 * back from there. */
static bool wants_sign_up(const struct flow *f)
{
	return str_is(json_get_str(f->data, "screen_hint"), "signup") &&
	       params_get(&f->query, "login").n == 0 && account_page_has_sign_up(f) &&
	       json_get_str(f->data, "subject").n == 0;
}

static enum err show(struct flow *f, struct http_response *rs)
{
	struct login_form form = { 0 };
	enum err err;

	if (wants_sign_up(f)) {
		flow_go(f, "u/signup", rs);
		return OK;
	}
	err = find_name(f, &form.username);
	if (err != OK)
		return err;
	form.only_username = f->tenant->settings.identifier_first &&
			     (form.username.n == 0 || params_get(&f->query, "change").n > 0);
	login_form_show(f, &form, rs);
	return OK;
}

enum err login_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "login", show);
}

/* Shows the form again. */
static enum err refuse(const struct flow *f, struct login_form *form, enum login_trouble why,
	struct http_response *rs)
{
	form->trouble = why;
	login_form_show(f, form, rs);
	return OK;
}

/* ERR_NOT_FOUND  wrong, or nobody: in the same time */
static enum err verify(const struct user *user, struct str password, bool *ret_rehash)
{
	enum err err;

	if (user->password_hash.n == 0) {
		err = password_verify_nobody(password);
		return err == OK ? ERR_NOT_FOUND : err;
	}
	err = password_verify(user->password_hash, password, ret_rehash);
	return err == ERR_INVALID ? ERR_NOT_FOUND : err;
}

static enum err refuse_wrong(const struct flow *f, struct login_form *form,
	const struct attempts *attempts, const struct user *user, struct http_response *rs)
{
	bool known = user->user_id.n > 0;
	enum err err = attempts_fail(attempts);

	if (err != OK)
		return err;
	login_event_write(f, &(struct login_event){ .type = known ? "fp" : "fu",
				     .description = known ? "Wrong password" : "No such user",
				     .user_id = user->user_id });
	return refuse(f, form, LOGIN_WRONG, rs);
}

static enum err refuse_limited(const struct flow *f, struct login_form *form,
	struct str user_id, struct http_response *rs)
{
	login_event_write(f, &(struct login_event){ .type = "limit_wc",
				     .description = "Too many failed sign-ins",
				     .reason = "too_many_requests",
				     .user_id = user_id });
	return refuse(f, form, LOGIN_LIMITED, rs);
}

static enum err refuse_blocked(const struct flow *f, struct login_form *form,
	struct str user_id, struct http_response *rs)
{
	login_event_write(f, &(struct login_event){ .type = "f",
				     .description = "User is blocked",
				     .reason = "user_blocked",
				     .user_id = user_id });
	return refuse(f, form, LOGIN_BLOCKED, rs);
}

/* The password is right: may this person go on? */
static enum err admit(struct flow *f, struct login_form *form, const struct attempts *attempts,
	const struct user *user, bool rehash, struct http_response *rs)
{
	struct sign_in in = {
		.flow = f,
		.user = user,
		.attempts = attempts,
		.method = "pwd",
		.remember = form->remember,
	};
	enum err err = OK;

	if (user->blocked)
		return refuse_blocked(f, form, user->user_id, rs);
	if (!flow_is_about(f, user->user_id))
		return refuse(f, form, LOGIN_NOT_SUBJECT, rs);
	if (rehash)
		err = password_hash(f->rq->arena, form->password, &in.new_hash);
	/* A busy moment is no reason to turn somebody away: the next sign-in will do it. */
	if (err != OK && err != ERR_BUSY)
		return err;
	return sign_in(&in, rs);
}

/* ERR_CONFLICT  the password was changed, or hashed anew, since it was looked at */
static enum err try(struct flow *f, struct login_form *form, struct http_response *rs)
{
	auto_attempts attempts = { 0 };
	struct user user = { 0 };
	bool rehash = false;
	enum err err = user_find_by_login(
		db_reader(f->tenant->db), f->rq->arena, form->username, &user);

	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	err = attempts_enter(f->op, f->tenant, f->rq,
		user.user_id.n > 0 ? user.user_id : form->username, &attempts,
		&form->retry_after);
	if (err != OK)
		return err;
	if (form->retry_after > 0)
		return refuse_limited(f, form, user.user_id, rs);
	err = verify(&user, form->password, &rehash);
	if (err == ERR_NOT_FOUND)
		return refuse_wrong(f, form, &attempts, &user, rs);
	if (err != OK)
		return err;
	return admit(f, form, &attempts, &user, rehash, rs);
}

static enum err prove(struct flow *f, struct login_form *form, struct http_response *rs)
{
	enum err err = try(f, form, rs);

	if (err == ERR_CONFLICT)
		err = try(f, form, rs);
	return err == ERR_CONFLICT ? ERR_BUSY : err;
}

static enum err submit(struct flow *f, struct http_response *rs)
{
	bool first = flow_token_fits(f, LOGIN_STEP_USERNAME, S(""));
	struct login_form form;

	if (flow_token_fits(f, LOGIN_STEP_PASSKEY, S("")))
		return passkey_submit(f, rs);
	if (!first && !flow_token_fits(f, LOGIN_STEP_PASSWORD, S("")))
		return flow_refuse_as(f, FLOW_STALE, rs);
	form = login_form_read(f, first);
	/* A password manager may have filled in both at once; the form has asked for one. */
	if (form.trouble == LOGIN_FINE && !first)
		return prove(f, &form, rs);
	form.only_username = first && form.trouble != LOGIN_FINE;
	login_form_show(f, &form, rs);
	return OK;
}

enum err login_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "login", submit);
}
