/* SPDX-License-Identifier: Apache-2.0 */

/* /u/signup: a new account, within an interaction that waits for a sign-in. */

#include "crypto/password.h"
#include "login/account_page.h"
#include "login/login.h"
#include "login/login_event.h"
#include "login/login_form.h"
#include "login/new_account.h"
#include "login/new_password.h"
#include "login/sign_in.h"

static const char step[] = "signup";

enum { NAME_MAX_BYTES = 200 };

struct form {
	struct str email;
	struct str name;
	struct str password;
	const char *trouble; /* in signup.html; of the address */
	enum password_trouble password_trouble;
	int64_t retry_after;
};

static void show(const struct flow *f, const struct form *form, struct http_response *rs)
{
	struct page p = flow_page(f, "signup");
	bool wrong = form->trouble || form->password_trouble != PASSWORD_FINE;

	page_set(&p, "flow", flow_token(f, step, S("")));
	page_set(&p, "email", str_first(form->email, USERNAME_MAX));
	page_set(&p, "name", str_first(form->name, NAME_MAX_BYTES));
	page_set(&p, "login_uri", account_page_login_uri(f));
	new_password_show(&p, f, form->password_trouble);
	flow_page_trouble(&p, f, form->trouble, form->retry_after);
	page_set(&p, "email_wrong", form->trouble ? S("1") : S(""));
	page_respond(&p, f->rq, rs, form->retry_after > 0 ? 429 : wrong ? 400 : 200);
}

/* False: `rs` is the answer, since nobody can sign up here. */
static bool is_open(const struct flow *f, struct http_response *rs)
{
	if (account_page_has_sign_up(f))
		return true;
	flow_go(f, "u/login", rs);
	return false;
}

static enum err begin(struct flow *f, struct http_response *rs)
{
	struct form form = { .email = json_get_str(f->data, "login_hint") };

	if (!is_open(f, rs))
		return OK;
	if (!new_account_email_fits(form.email))
		form.email = S("");
	show(f, &form, rs);
	return OK;
}

enum err signup_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "login", begin);
}

static bool check(const struct flow *f, struct form *form)
{
	if (!new_account_email_fits(form->email))
		form->trouble = "no_email";
	else if (form->name.n > NAME_MAX_BYTES || !str_is_utf8(form->name))
		form->trouble = "long_name";
	form->password_trouble = new_password_judge(f, form->password, form->email, form->name);
	if (form->password_trouble == PASSWORD_BREACHED)
		login_event_write(
			f, &(struct login_event){ .type = "signup_pwd_leak",
				   .description = "Sign-up with a password that was stolen" });
	return !form->trouble && form->password_trouble == PASSWORD_FINE;
}

/* Signed in at once where the account was made at once. */
static enum err finish(struct flow *f, struct new_account *n, struct http_response *rs)
{
	struct attempts none = { 0 };
	struct sign_in in = { .flow = f, .user = &n->user, .attempts = &none, .method = "pwd" };

	if (f->tenant->settings.sign_up_tells)
		return sign_in(&in, rs);
	account_page_notice(f, NOTICE_SIGN_UP_SENT, rs);
	return OK;
}

static enum err make(struct flow *f, struct form *form, struct http_response *rs)
{
	struct str who = arena_printf(f->rq->arena, "sign up " STR_FMT, STR_ARG(form->email));
	auto_attempts attempts = { 0 };
	struct new_account n = {
		.flow = f,
		.email = form->email,
		.name = form->name,
		.client_id = f->row.client_id,
		.attempts = &attempts,
	};
	enum err err =
		attempts_enter(f->op, f->tenant, f->rq, who, &attempts, &form->retry_after);

	if (err == OK && form->retry_after > 0) {
		form->trouble = "limited";
		show(f, form, rs);
		return OK;
	}
	if (err == OK)
		err = password_hash(f->rq->arena, form->password, &n.password_hash);
	if (err == OK)
		err = new_account_make(&n);
	if (err == ERR_CONFLICT) {
		form->trouble = "exists";
		show(f, form, rs);
		return OK;
	}
	return err == OK ? finish(f, &n, rs) : err;
}

static enum err submit(struct flow *f, struct http_response *rs)
{
	struct form form = {
		.email = str_trim(params_get(&f->form, "email")),
		.name = str_trim(params_get(&f->form, "name")),
		.password = params_get(&f->form, "password"),
	};

	if (!flow_token_fits(f, step, S("")))
		return flow_refuse_as(f, FLOW_STALE, rs);
	if (!is_open(f, rs))
		return OK;
	if (check(f, &form))
		return make(f, &form, rs);
	show(f, &form, rs);
	return OK;
}

enum err signup_submit(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return flow_handle(op, rq, rs, flow_open, "login", submit);
}
