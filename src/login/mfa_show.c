/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: the two pages. */

#include "login/mfa.h"
#include "tenant/base32.h"

static const struct {
	const char *name; /* in the templates */
	int status;
} troubles[MFA_TROUBLES] = {
	[MFA_FINE] = { NULL, 200 },
	[MFA_WRONG] = { "wrong", 400 },
	[MFA_USED] = { "used", 400 },
	[MFA_LIMITED] = { "limited", 429 },
	[MFA_KEY_WRONG] = { "key_wrong", 400 },
	[MFA_FLOODED] = { "flooded", 429 },
};

static const struct {
	const struct factor_kind *kind;
	const char *flag;  /* in the templates */
	const char *words; /* of the link to it */
	const char *enroll_words;
} views[] = {
	{ &webauthn_kind, "by_key", "mfa.use_key", "enroll.use_key" },
	{ &totp_kind, "by_otp", "mfa.use_otp", "enroll.use_otp" },
	{ &email_code_kind, "by_email", "mfa.use_email", "mfa.use_email" },
	{ &recovery_code_kind, "by_recovery", "mfa.use_recovery", NULL },
};

enum { VIEWS = sizeof(views) / sizeof(views[0]) };

static void set_trouble(struct page *p, const struct mfa *m)
{
	if (m->trouble == MFA_FINE)
		return;
	flow_page_trouble(p, &m->flow, troubles[m->trouble].name, m->retry_after);
}

static void set_other(const struct mfa *m, size_t view, const char *words, struct page_row *row)
{
	page_row_set(row, "href",
		arena_printf(m->flow.rq->arena, "?state=" STR_FMT "&method=%s",
			STR_ARG(m->flow.id), views[view].kind->name));
	page_row_set(row, "words", page_text(m->flow.locale, words));
}

/* The form for the kind that is on, links to the others. */
static void set_views(struct page *p, const struct mfa *m)
{
	struct page_row *rows = arena_array(m->flow.rq->arena, struct page_row, VIEWS);
	size_t count = 0;

	for (size_t i = 0; i < VIEWS; i++) {
		const struct factor_kind *kind = views[i].kind;

		if (kind == m->kind)
			page_set(p, views[i].flag, S("1"));
		else if (mfa_offers(m, kind))
			set_other(m, i, m->enrolling ? views[i].enroll_words : views[i].words,
				&rows[count++]);
	}
	page_set_rows(p, "others", rows, count);
	page_set(p, "method", str_from(m->kind->name));
	if (m->kind == &webauthn_kind)
		p->script = "passkey";
}

static struct page begin_page(const struct mfa *m, const char *template)
{
	struct page p = flow_page(&m->flow, template);

	page_set(&p, "flow", flow_token(&m->flow, mfa_step(m), m->user.user_id));
	page_set(&p, "email", m->user.email.n > 0 ? m->user.email : m->user.username);
	if (json_get_bool(m->flow.data, "may_remember", false))
		page_set(&p, "may_remember", S("1"));
	set_trouble(&p, m);
	return p;
}

static void respond(const struct mfa *m, const struct page *p, struct http_response *rs)
{
	page_respond(p, m->flow.rq, rs, troubles[m->trouble].status);
	if (m->trouble == MFA_LIMITED)
		response_retry_after(rs, m->flow.rq->arena, m->retry_after);
}

void mfa_show_challenge(const struct mfa *m, struct http_response *rs)
{
	struct page p = begin_page(m, "mfa");
	struct factor_question q = mfa_question(m, mfa_step(m));

	set_views(&p, m);
	if (m->kind == &webauthn_kind)
		page_set(&p, "options", webauthn_request_options(&q, true));
	respond(m, &p, rs);
}

static void set_codes(struct page *p, const struct mfa *m, const struct mfa_draft *draft)
{
	struct page_row *rows = arena_array(m->flow.rq->arena, struct page_row, RECOVERY_CODES);

	for (size_t i = 0; i < RECOVERY_CODES; i++)
		page_row_set(&rows[i], "code", draft->codes[i]);
	page_set_rows(p, "codes", rows, RECOVERY_CODES);
	page_set(p, "has_codes", S("1"));
}

/* In groups of four, as people copy it; blanks are passed over everywhere. */
static enum err set_totp(struct page *p, const struct mfa *m, const struct mfa_draft *draft)
{
	struct arena *a = m->flow.rq->arena;
	struct str site = m->flow.tenant->settings.friendly_name;
	struct str name = m->user.email.n > 0 ? m->user.email : m->user.username;
	struct str path;
	int width = 0;
	enum err err = qr_path(a,
		totp_uri(a, site.n > 0 ? site : m->flow.issuer->host, name, draft->secret),
		&path, &width);

	if (err != OK)
		return err;
	page_set(p, "secret", base32_encode(a, draft->secret));
	page_set(p, "qr_path", path);
	page_set(p, "qr_box", arena_printf(a, "-4 -4 %d %d", width + 8, width + 8));
	return OK;
}

static void set_key(struct page *p, const struct mfa *m)
{
	struct factor_question q = mfa_question(m, MFA_STEP_ENROLL);
	struct webauthn_user user = {
		.user_id = m->user.user_id,
		.name = m->user.email.n > 0 ? m->user.email : m->user.username,
		.display_name = m->user.name,
	};

	page_set(p, "options", webauthn_creation_options(&q, &user));
}

enum err mfa_show_enroll(
	const struct mfa *m, const struct mfa_draft *draft, struct http_response *rs)
{
	struct page p = begin_page(m, "enroll");
	enum err err = OK;

	set_views(&p, m);
	if (m->flow.tenant->settings.factors & FACTOR_RECOVERY)
		set_codes(&p, m, draft);
	if (m->kind == &totp_kind)
		err = set_totp(&p, m, draft);
	else
		set_key(&p, m);
	if (err == OK)
		respond(m, &p, rs);
	return err;
}
