/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa/manage: what a person may change of their factors. */

#include "login/factors.h"

#include "base/base64.h"
#include "login/account_mail.h"
#include "login/login.h"
#include "store/remembered_browser.h"

const char factors_path[] = "u/mfa/manage";

static bool is_real(const struct factor *f)
{
	return f->confirmed && (totp_kind.owns(f) || webauthn_kind.owns(f));
}

size_t factors_real(const struct factors *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += is_real(&f->list[i]);
	return n;
}

enum err factors_write_codes(
	struct db_conn *conn, const struct factors *f, const struct str codes[RECOVERY_CODES])
{
	const struct flow *flow = &f->page.flow;
	struct factor row = recovery_codes_factor(
		flow->tenant, flow->rq->arena, f->page.user.user_id, codes, flow->rq->now);

	return recovery_codes_replace(conn, flow->rq->arena, &row);
}

/* What one change works on. */
struct change {
	struct factors *factors;
	struct str value; /* of the button */
	struct account_mail mail;
};

static enum err reload(struct db_conn *conn, struct factors *f)
{
	return factor_list(
		conn, f->page.flow.rq->arena, f->page.user.user_id, &f->list, &f->count);
}

/* Where one is always asked for, the last to go would let the password alone enrol another. */
static bool must_stay(const struct factors *f)
{
	const struct flow *flow = &f->page.flow;

	return flow->tenant->settings.mfa_always &&
	       !email_code_stands(flow->op, flow->tenant, &f->page.user, NULL, 0);
}

static enum err delete_codes(struct db_conn *conn, const struct factors *f)
{
	enum err err = OK;

	for (size_t i = 0; err == OK && i < f->count; i++)
		if (recovery_code_kind.owns(&f->list[i]))
			err = factor_delete(conn, f->page.user.user_id, f->list[i].factor_id);
	return err;
}

/* ERR_CONFLICT  it is the last, and must stay */
static enum err write_remove(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	struct factors *f = c->factors;
	const struct factor *wanted = NULL;
	bool last;
	enum err err = reload(conn, f);

	if (err != OK)
		return err;
	for (size_t i = 0; i < f->count; i++)
		if (is_real(&f->list[i]) && str_eq(f->list[i].factor_id, c->value))
			wanted = &f->list[i];
	if (wanted == NULL)
		return ERR_NOT_FOUND;
	last = factors_real(f) == 1;
	if (last && must_stay(f))
		return ERR_CONFLICT;
	err = factor_delete(conn, wanted->user_id, wanted->factor_id);
	if (err == OK && last)
		err = delete_codes(conn, f);
	return err == OK ? account_mail_write(conn, &c->mail) : err;
}

static enum err write_rename(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	const struct own_page *p = &c->factors->page;
	struct str name = str_trim(params_get(&p->flow.form, "name"));

	if (name.n > 4 * FACTOR_NAME_MAX || !str_is_utf8(name))
		return ERR_NOT_FOUND;
	return factor_rename(conn, p->user.user_id, c->value, name);
}

static enum err write_forget(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;
	const struct own_page *p = &c->factors->page;
	struct str browser;

	if (base64url_decode(p->flow.rq->arena, c->value, &browser) != OK)
		return ERR_NOT_FOUND;
	return remembered_browser_forget_one(conn, p->user.user_id, browser);
}

static enum err write_forget_all(struct db_conn *conn, void *arg)
{
	const struct change *c = arg;

	return remembered_browser_forget(conn, c->factors->page.user.user_id);
}

static const struct own_change changes[] = {
	{ "remove", NULL, write_remove, "gd_unenroll", "A second factor was removed" },
	{ "rename", NULL, write_rename, NULL, NULL },
	{ "forget", NULL, write_forget, NULL, NULL },
	{ NULL, "forget_all", write_forget_all, NULL, NULL },
};

struct renewal {
	const struct factors *factors;
	struct str codes[RECOVERY_CODES];
	struct account_mail *mail;
};

static enum err write_renewal(struct db_conn *conn, void *arg)
{
	const struct renewal *r = arg;
	enum err err = factors_write_codes(conn, r->factors, r->codes);

	return err == OK ? account_mail_write(conn, r->mail) : err;
}

static enum err renew_codes(struct change *c, struct http_response *rs)
{
	const struct flow *flow = &c->factors->page.flow;
	struct renewal r = { .factors = c->factors, .mail = &c->mail };
	enum err err;

	if (factors_real(c->factors) == 0 ||
		!(flow->tenant->settings.factors & FACTOR_RECOVERY))
		return factors_show_list(c->factors, rs);
	recovery_codes_new(flow->rq->arena, r.codes);
	err = db_write(flow->tenant->db, write_renewal, &r);
	if (err == OK)
		factors_show_codes(c->factors, r.codes, rs);
	return err;
}

static enum err submit(struct factors *f, struct http_response *rs)
{
	const struct flow *flow = &f->page.flow;
	struct change c = {
		.factors = f,
		.mail = { .flow = flow,
			.letter = LETTER_FACTORS,
			.to = f->page.user.email,
			.live = true },
	};
	enum err err;

	account_mail_prepare(&c.mail);
	if (params_get(&flow->form, "draft").n > 0)
		return factors_add_submit(f, rs);
	if (str_is(params_get(&flow->form, "action"), "codes"))
		return renew_codes(&c, rs);
	err = own_page_change(
		&f->page, changes, sizeof(changes) / sizeof(changes[0]), &c, &c.value);
	if (err == ERR_CONFLICT) {
		f->trouble = FACTORS_LAST;
		return factors_show_list(f, rs);
	}
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	factors_go(f, rs);
	return OK;
}

static enum err serve(struct own_page *p, struct http_response *rs)
{
	struct factors f = { .page = *p, .trouble = FACTORS_FINE };
	enum err err = reload(db_reader(p->flow.tenant->db), &f);

	if (err != OK)
		return err;
	if (p->flow.rq->method == HTTP_POST)
		return submit(&f, rs);
	if (params_get(&p->flow.query, "add").n > 0)
		return factors_add_show(&f, rs);
	return factors_show_list(&f, rs);
}

enum err factors_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, factors_path, OWN_PAGE_PROVEN, serve);
}
