/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa/manage: its pages. */

#include "base/base64.h"
#include "login/device_name.h"
#include "login/factors.h"
#include "login/user_page.h"
#include "store/remembered_browser.h"
#include "tenant/base32.h"

static const struct {
	const char *name; /* in the templates */
	int status;
} troubles[FACTORS_TROUBLES] = {
	[FACTORS_FINE] = { NULL, 200 },
	[FACTORS_LAST] = { "last", 400 },
	[FACTORS_FULL] = { "full", 400 },
	[FACTORS_WRONG] = { "wrong", 400 },
	[FACTORS_KEY_WRONG] = { "key_wrong", 400 },
	[FACTORS_TAKEN] = { "taken", 400 },
};

static struct page begin_page(const struct factors *f, const char *template)
{
	struct page p = own_page_begin(&f->page, template);

	page_set(&p, "list_uri", own_page_uri(&f->page, factors_path));
	if (f->trouble != FACTORS_FINE) {
		page_set(&p, "trouble", S("1"));
		page_set(&p, troubles[f->trouble].name, S("1"));
	}
	return p;
}

static void respond(const struct factors *f, const struct page *p, struct http_response *rs)
{
	page_respond(p, f->page.flow.rq, rs, troubles[f->trouble].status);
}

static const char *word_of(const struct factor *f)
{
	if (totp_kind.owns(f))
		return "factors.otp";
	return str_is(f->type, "passkey") ? "factors.passkey" : "factors.key";
}

static void fill_factor(
	const struct factors *f, const struct factor *factor, size_t n, struct page_row *row)
{
	struct arena *a = f->page.flow.rq->arena;
	struct str word = page_text(f->page.flow.locale, word_of(factor));

	page_row_set(row, "id", factor->factor_id);
	page_row_set(row, "n", arena_printf(a, "%zu", n));
	page_row_set(row, "label", factor->name.n > 0 ? factor->name : word);
	page_row_set(row, "kind", factor->name.n > 0 ? word : S(""));
	page_row_set(row, "added", user_page_minute(a, factor->created_at));
	page_row_set(row, "used", user_page_minute(a, factor->last_used_at));
}

/* Empty where there is none. */
static void set_codes_left(const struct factors *f, struct page *p, size_t left)
{
	if (left > 0)
		page_set(p, "left", arena_printf(f->page.flow.rq->arena, "%zu", left));
}

static void set_factors(const struct factors *f, struct page *p)
{
	struct arena *a = f->page.flow.rq->arena;
	struct page_row *rows = arena_array(a, struct page_row, f->count + 1);
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++) {
		const struct factor *factor = &f->list[i];

		if (recovery_code_kind.owns(factor)) {
			set_codes_left(f, p, recovery_codes_left(a, factor));
		} else if (factor->confirmed) {
			fill_factor(f, factor, n, &rows[n]);
			n++;
		}
	}
	page_set_rows(p, "factors", rows, n);
}

static void set_ways(const struct factors *f, struct page *p)
{
	const struct flow *flow = &f->page.flow;
	struct arena *a = flow->rq->arena;
	struct str list = own_page_uri(&f->page, factors_path);

	if (factors_may_add(f, &totp_kind))
		page_set(p, "otp_uri",
			arena_printf(a, STR_FMT "&add=%s", STR_ARG(list), totp_kind.name));
	if (factors_may_add(f, &webauthn_kind))
		page_set(p, "key_uri",
			arena_printf(a, STR_FMT "&add=%s", STR_ARG(list), webauthn_kind.name));
	if (email_code_stands(flow->op, flow->tenant, &f->page.user, f->list, f->count))
		page_set(p, "mailed", S("1"));
	if (factors_real(f) > 0 && (flow->tenant->settings.factors & FACTOR_RECOVERY))
		page_set(p, "codes", S("1"));
}

static enum err set_browsers(const struct factors *f, struct page *p)
{
	const struct flow *flow = &f->page.flow;
	struct arena *a = flow->rq->arena;
	struct remembered_browser *list;
	struct page_row *rows;
	size_t count = 0;
	enum err err = remembered_browser_list(db_reader(flow->tenant->db), a,
		f->page.user.user_id, flow->rq->now, &list, &count);

	if (err != OK)
		return err;
	count = count < USER_ROWS_MAX ? count : USER_ROWS_MAX;
	rows = arena_array(a, struct page_row, count + 1);
	for (size_t i = 0; i < count; i++) {
		struct str device = device_name(a, list[i].user_agent);

		page_row_set(&rows[i], "browser",
			base64url_encode(a, list[i].browser.p, list[i].browser.n));
		page_row_set(&rows[i], "device",
			device.n > 0 ? device : page_text(flow->locale, "user.unknown_device"));
		page_row_set(&rows[i], "ip", list[i].ip);
		page_row_set(&rows[i], "added", user_page_minute(a, list[i].created_at));
		page_row_set(&rows[i], "used", user_page_minute(a, list[i].last_used_at));
	}
	page_set_rows(p, "browsers", rows, count);
	page_set(p, "several", count > 1 ? S("1") : S(""));
	return OK;
}

enum err factors_show_list(struct factors *f, struct http_response *rs)
{
	struct page p = begin_page(f, "factors");
	bool done = params_get(&f->page.flow.query, "done").n > 0;
	enum err err;

	page_set(&p, "done", done && f->trouble == FACTORS_FINE ? S("1") : S(""));
	set_factors(f, &p);
	set_ways(f, &p);
	err = set_browsers(f, &p);
	if (err == OK)
		respond(f, &p, rs);
	return err;
}

static enum err set_totp(
	const struct factors *f, const struct factor_draft *draft, struct page *p)
{
	const struct flow *flow = &f->page.flow;
	struct arena *a = flow->rq->arena;
	struct str site = flow->tenant->settings.friendly_name;
	const struct user *user = &f->page.user;
	struct str path;
	int width = 0;
	enum err err = qr_path(a,
		totp_uri(a, site.n > 0 ? site : flow->issuer->host,
			user->email.n > 0 ? user->email : user->username, draft->secret),
		&path, &width);

	if (err != OK)
		return err;
	page_set(p, "by_otp", S("1"));
	page_set(p, "secret", base32_encode(a, draft->secret));
	page_set(p, "qr_path", path);
	page_set(p, "qr_box", arena_printf(a, "-4 -4 %d %d", width + 8, width + 8));
	return OK;
}

static void set_key(const struct factors *f, const struct factor_draft *draft, struct page *p)
{
	const struct user *user = &f->page.user;
	struct factor_question q = factors_question(f, draft->sealed);
	struct webauthn_user who = {
		.user_id = user->user_id,
		.name = user->email.n > 0 ? user->email : user->username,
		.display_name = user->name,
	};

	page_set(p, "by_key", S("1"));
	page_set(p, "options", webauthn_creation_options(&q, &who));
	p->script = "passkey";
}

enum err factors_show_add(
	const struct factors *f, const struct factor_draft *draft, struct http_response *rs)
{
	struct page p = begin_page(f, "factor_add");
	enum err err = OK;

	page_set(&p, "draft", draft->sealed);
	page_set(&p, "method", str_from(draft->kind->name));
	page_set(&p, "typed", params_get(&f->page.flow.form, "name"));
	if (draft->kind == &totp_kind)
		err = set_totp(f, draft, &p);
	else
		set_key(f, draft, &p);
	if (err == OK)
		respond(f, &p, rs);
	return err;
}

void factors_show_codes(const struct factors *f, const struct str codes[RECOVERY_CODES],
	struct http_response *rs)
{
	struct page p = begin_page(f, "codes");
	struct page_row *rows =
		arena_array(f->page.flow.rq->arena, struct page_row, RECOVERY_CODES);

	for (size_t i = 0; i < RECOVERY_CODES; i++)
		page_row_set(&rows[i], "code", codes[i]);
	page_set_rows(&p, "codes", rows, RECOVERY_CODES);
	respond(f, &p, rs);
}

void factors_go(const struct factors *f, struct http_response *rs)
{
	const struct flow *flow = &f->page.flow;

	response_redirect(rs, 303,
		arena_printf(flow->rq->arena, STR_FMT STR_FMT "&done=1",
			STR_ARG(flow->issuer->origin),
			STR_ARG(own_page_uri(&f->page, factors_path))));
}
