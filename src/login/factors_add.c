/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa/manage: another factor. */

#include "crypto/digest.h"
#include "login/account_mail.h"
#include "login/factors.h"
#include "login/login_event.h"
#include "login/sign_in.h"
#include "tenant/base32.h"

enum { DRAFT_SECONDS = 3600 };

bool factors_may_add(const struct factors *f, const struct factor_kind *kind)
{
	return (kind == &totp_kind || kind == &webauthn_kind) &&
	       (f->page.flow.tenant->settings.factors & kind->bit);
}

struct factor_question factors_question(const struct factors *f, struct str sealed)
{
	const struct flow *flow = &f->page.flow;
	struct str text = arena_printf(flow->rq->arena, "manage." STR_FMT, STR_ARG(sealed));

	return (struct factor_question){
		.tenant = flow->tenant,
		.issuer = flow->issuer,
		.arena = flow->rq->arena,
		.factors = f->list,
		.count = f->count,
		.challenge = seal_mac(
			flow->tenant->seal, flow->rq->arena, "webauthn_challenge", text),
		.now = flow->rq->now,
	};
}

static struct factor_draft draft_new(const struct factors *f, const struct factor_kind *kind)
{
	const struct flow *flow = &f->page.flow;
	struct arena *a = flow->rq->arena;
	struct factor_draft draft = { .kind = kind, .secret = totp_secret_new(a) };
	struct str text =
		arena_printf(a, STR_FMT "\n%s\n%lld\n" STR_FMT, STR_ARG(f->page.session.sid),
			kind->name, (long long)(flow->rq->now + DRAFT_SECONDS),
			STR_ARG(base32_encode(a, draft.secret)));

	draft.sealed = seal_close(flow->tenant->seal, a, SEAL_INTERACTION, text);
	return draft;
}

/* ERR_INVALID  not of this session, or too old */
static enum err draft_open(const struct factors *f, struct factor_draft *ret)
{
	const struct flow *flow = &f->page.flow;
	struct arena *a = flow->rq->arena;
	struct factor_draft draft = { .sealed = params_get(&flow->form, "draft") };
	struct str rest, sid, name, end;
	int64_t ends_at;

	if (seal_open(flow->tenant->seal, a, SEAL_INTERACTION, draft.sealed, &rest) != OK ||
		!str_split(&rest, '\n', &sid) || !str_eq(sid, f->page.session.sid) ||
		!str_split(&rest, '\n', &name) || !str_split(&rest, '\n', &end) ||
		!str_digits(end, INT64_MAX, &ends_at) || ends_at <= flow->rq->now ||
		base32_decode(a, rest, &draft.secret) != OK)
		return ERR_INVALID;
	draft.kind = factor_kind(name);
	if (draft.kind == NULL || !factors_may_add(f, draft.kind))
		return ERR_INVALID;
	*ret = draft;
	return OK;
}

static enum err show(
	struct factors *f, const struct factor_draft *draft, struct http_response *rs)
{
	if (factors_real(f) >= FACTORS_MOST) {
		f->trouble = FACTORS_FULL;
		return factors_show_list(f, rs);
	}
	return factors_show_add(f, draft, rs);
}

enum err factors_add_show(struct factors *f, struct http_response *rs)
{
	const struct factor_kind *kind = factor_kind(params_get(&f->page.flow.query, "add"));
	struct factor_draft draft;

	if (kind == NULL || !factors_may_add(f, kind))
		return factors_show_list(f, rs);
	draft = draft_new(f, kind);
	return show(f, &draft, rs);
}

/* What is written when it is proven. */
struct adding {
	struct factors *factors;
	const struct factor_kind *kind;
	struct factor row;
	struct str codes[RECOVERY_CODES];
	bool has_codes; /* these are new */
	struct account_mail mail;
};

static struct str name_of(const struct flow *flow)
{
	struct str name = str_trim(params_get(&flow->form, "name"));

	return name.n <= 4 * FACTOR_NAME_MAX && str_is_utf8(name) ? name : (struct str){ 0 };
}

/* ERR_NOT_FOUND  the proof is wrong */
static enum err make_row(
	const struct factors *f, const struct factor_draft *draft, struct factor *ret)
{
	const struct flow *flow = &f->page.flow;
	struct factor_question q = factors_question(f, draft->sealed);
	struct str user_id = f->page.user.user_id;
	int64_t step;

	if (draft->kind == &webauthn_kind) {
		if (webauthn_factor(&q, user_id, params_get(&flow->form, "answer"), ret) != OK)
			return ERR_NOT_FOUND;
	} else if (totp_fits(draft->secret, params_get(&flow->form, "code"), flow->rq->now,
			   &step) == OK) {
		*ret = totp_factor(flow->tenant, flow->rq->arena, user_id, draft->secret, step,
			flow->rq->now);
		/* Of a form that is sent twice, by reloading say, one factor comes. */
		ret->factor_id = arena_printf(flow->rq->arena, "totp|" STR_FMT,
			STR_ARG(sha256_base64url(flow->rq->arena, draft->sealed)));
	} else {
		return ERR_NOT_FOUND;
	}
	ret->name = name_of(flow);
	return OK;
}

/* Whoever has just used it has proven it in this session. */
static enum err write_session(struct db_conn *conn, const struct adding *adding)
{
	const struct own_page *p = &adding->factors->page;
	const struct http_request *rq = p->flow.rq;
	struct session session;
	enum err err = session_find(conn, rq->arena, p->session.sid, &session);

	if (err != OK)
		return err;
	return session_set_methods(conn, session.sid,
		sign_in_methods(
			rq->arena, session.methods, "mfa", adding->kind->method, rq->now_ms));
}

static enum err write_adding(struct db_conn *conn, void *arg)
{
	struct adding *adding = arg;
	struct factors *f = adding->factors;
	const struct flow *flow = &f->page.flow;
	enum err err =
		factor_list(conn, flow->rq->arena, f->page.user.user_id, &f->list, &f->count);

	if (err != OK)
		return err;
	if (factors_real(f) >= FACTORS_MOST)
		return ERR_BUSY;
	adding->has_codes = (flow->tenant->settings.factors & FACTOR_RECOVERY) &&
			    !factor_has_kind(f->list, f->count, &recovery_code_kind);
	err = factor_insert(conn, &adding->row);
	if (err == OK && adding->has_codes)
		err = factors_write_codes(conn, f, adding->codes);
	if (err == OK)
		err = write_session(conn, adding);
	return err == OK ? account_mail_write(conn, &adding->mail) : err;
}

static enum err add(
	struct factors *f, const struct factor_draft *draft, struct http_response *rs)
{
	const struct flow *flow = &f->page.flow;
	struct adding adding = {
		.factors = f,
		.kind = draft->kind,
		.mail = { .flow = flow,
			.letter = LETTER_FACTORS,
			.to = f->page.user.email,
			.live = true },
	};
	enum err err = make_row(f, draft, &adding.row);

	if (err != OK) {
		f->trouble = draft->kind == &webauthn_kind ? FACTORS_KEY_WRONG : FACTORS_WRONG;
		return show(f, draft, rs);
	}
	recovery_codes_new(flow->rq->arena, adding.codes);
	account_mail_prepare(&adding.mail);
	err = db_write(flow->tenant->db, write_adding, &adding);
	if (err == ERR_CONFLICT) {
		f->trouble = FACTORS_TAKEN;
		return show(f, draft, rs);
	}
	if (err != OK)
		return err;
	login_event_write(flow, &(struct login_event){ .type = "gd_enrollment_complete",
					.description = "A second factor was enrolled",
					.user_id = f->page.user.user_id,
					.sid = f->page.session.sid });
	if (adding.has_codes)
		factors_show_codes(f, adding.codes, rs);
	else
		factors_go(f, rs);
	return OK;
}

enum err factors_add_submit(struct factors *f, struct http_response *rs)
{
	struct factor_draft draft;

	/* Of another session, or an hour old: begin anew. */
	if (draft_open(f, &draft) != OK)
		return factors_show_list(f, rs);
	return add(f, &draft, rs);
}
