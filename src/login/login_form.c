/* SPDX-License-Identifier: Apache-2.0 */
#include "login/login_form.h"

#include "base/url.h"
#include "login/account_page.h"
#include "login/passkey.h"
#include "notify/notify.h"

static const struct {
	const char *name; /* in login.html */
	int status;
	bool username_wrong;
	bool password_wrong;
} troubles[LOGIN_TROUBLES] = {
	[LOGIN_FINE] = { NULL, 200, false, false },
	[LOGIN_WRONG] = { "wrong", 400, true, true },
	[LOGIN_NO_USERNAME] = { "no_username", 400, true, false },
	[LOGIN_NO_PASSWORD] = { "no_password", 400, false, true },
	[LOGIN_TOO_LONG] = { "too_long", 400, true, true },
	[LOGIN_LIMITED] = { "limited", 429, false, false },
	[LOGIN_BLOCKED] = { "blocked", 403, false, false },
	[LOGIN_NOT_SUBJECT] = { "not_subject", 403, true, false },
	[LOGIN_PASSKEY_WRONG] = { "passkey_wrong", 400, false, false },
};

static enum login_trouble judge(const struct login_form *form)
{
	if (form->username.n > USERNAME_MAX || form->password.n > PASSWORD_TEXT_MAX)
		return LOGIN_TOO_LONG;
	if (form->username.n == 0)
		return LOGIN_NO_USERNAME;
	if (form->password.n == 0 && !form->only_username)
		return LOGIN_NO_PASSWORD;
	return LOGIN_FINE;
}

struct login_form login_form_read(const struct flow *f, bool only_username)
{
	struct login_form form = {
		.username = str_trim(params_get(&f->form, "username")),
		.password = params_get(&f->form, "password"),
		.remember = params_get(&f->form, "remember").n > 0,
		.only_username = only_username,
	};

	form.trouble = judge(&form);
	return form;
}

static struct str flag(bool on)
{
	return on ? S("1") : S("");
}

static void set_trouble(struct page *p, const struct flow *f, const struct login_form *form)
{
	if (form->trouble == LOGIN_FINE)
		return;
	flow_page_trouble(p, f, troubles[form->trouble].name, form->retry_after);
	page_set(p, "username_wrong", flag(troubles[form->trouble].username_wrong));
	page_set(p, "password_wrong", flag(troubles[form->trouble].password_wrong));
}

static struct str other_page(const struct flow *f, const char *page)
{
	return arena_printf(f->rq->arena, "/u/%s?state=" STR_FMT, page,
		STR_ARG(url_encode(f->rq->arena, f->id)));
}

/* What else there is for those who cannot sign in. */
static void set_ways_on(struct page *p, const struct flow *f)
{
	if (notify_can_send(f->op, f->tenant))
		page_set(p, "reset_uri", other_page(f, "reset"));
	if (account_page_has_sign_up(f) && json_get_str(f->data, "subject").n == 0)
		page_set(p, "signup_uri", other_page(f, "signup"));
}

static void set_fields(struct page *p, const struct flow *f, const struct login_form *form)
{
	const struct settings *settings = &f->tenant->settings;
	bool second_of_two = settings->identifier_first && !form->only_username;

	page_set(p, "username", str_first(form->username, USERNAME_MAX));
	page_set(p, "fixed", flag(second_of_two && form->username.n > 0));
	page_set(p, "change",
		arena_printf(f->rq->arena, "?state=" STR_FMT "&change=1", STR_ARG(f->id)));
	page_set(p, "ask_password", flag(!form->only_username));
	page_set(p, "ask_remember", flag(settings->remember_me));
	page_set(p, "remember", flag(form->remember));
}

/* Where nobody has one, nothing is said of them. */
static void set_passkeys(struct page *p, const struct flow *f)
{
	struct factor_question q = passkey_question(f);
	bool any = false;

	/* The password still works while the store does not answer this. */
	if (factor_any_passkey(db_reader(f->tenant->db), &any) != OK || !any)
		return;
	p->script = "passkey";
	page_set(p, "passkeys", S("1"));
	page_set(p, "passkey_flow", flow_token(f, LOGIN_STEP_PASSKEY, S("")));
	page_set(p, "options", webauthn_request_options(&q, false));
}

void login_form_show(
	const struct flow *f, const struct login_form *form, struct http_response *rs)
{
	struct page p = flow_page(f, "login");

	page_set(&p, "flow",
		flow_token(f, form->only_username ? LOGIN_STEP_USERNAME : LOGIN_STEP_PASSWORD,
			S("")));
	set_fields(&p, f, form);
	set_passkeys(&p, f);
	set_ways_on(&p, f);
	set_trouble(&p, f, form);
	page_respond(&p, f->rq, rs, troubles[form->trouble].status);
	if (form->trouble == LOGIN_LIMITED)
		response_retry_after(rs, f->rq->arena, form->retry_after);
}
