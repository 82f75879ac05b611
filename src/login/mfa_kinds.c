/* SPDX-License-Identifier: Apache-2.0 */

/* /u/mfa: which factors of a person may be asked for, and which is. */

#include "login/mfa.h"

static bool is_named(const struct mfa *m, const struct factor_kind *kind)
{
	json_each(type, m->named)
	{
		if (str_has_word(str_from(kind->types), type->str))
			return true;
	}
	return false;
}

static bool has(const struct mfa *m, const struct factor_kind *kind)
{
	if (kind == &email_code_kind)
		return m->by_mail;
	if (kind == &recovery_code_kind &&
		!(m->flow.tenant->settings.factors & FACTOR_RECOVERY))
		return false;
	return factor_has_kind(m->factors, m->count, kind);
}

/* May it be set up by somebody who has none? */
static bool may_enroll(const struct mfa *m, const struct factor_kind *kind)
{
	if (kind == &recovery_code_kind)
		return false;
	if (kind == &email_code_kind)
		return email_code_is_possible(m->flow.op, m->flow.tenant, &m->user);
	return (m->flow.tenant->settings.factors & kind->bit) != 0;
}

static bool is_open(const struct mfa *m, const struct factor_kind *kind)
{
	return m->enrolling ? may_enroll(m, kind) : has(m, kind);
}

/*
 * An action that names types chooses among what there is. Where there is none of them its word
 * is passed over: somebody else's password must not lead to enrolment instead of a challenge.
 */
static bool narrows(const struct mfa *m)
{
	const struct factor_kind *kind;

	for (size_t i = 0; (kind = factor_kind_at(i)) != NULL; i++) {
		if (kind != &recovery_code_kind && is_open(m, kind) && is_named(m, kind))
			return true;
	}
	return false;
}

void mfa_kinds_read(struct mfa *m)
{
	const struct flow *f = &m->flow;
	bool stands = email_code_stands(f->op, f->tenant, &m->user, m->factors, m->count);

	m->named = json_get(json_get(f->data, "mfa"), "factors");
	/* An action is the tenant's: what it names stands beside the others, too. */
	m->by_mail = stands || (is_named(m, &email_code_kind) && m->user.email_verified &&
				       email_code_is_possible(f->op, f->tenant, &m->user));
	m->enrolling = !m->by_mail && !factor_has_any(m->factors, m->count);
}

bool mfa_offers(const struct mfa *m, const struct factor_kind *kind)
{
	return is_open(m, kind) && (is_named(m, kind) || !narrows(m));
}

static const struct factor_kind *kind_of(const struct factor *f)
{
	const struct factor_kind *kind = NULL;

	for (size_t i = 0; (kind = factor_kind_at(i)) != NULL && !kind->owns(f); i++)
		;
	return kind;
}

static const struct factor_kind *used_last(const struct mfa *m)
{
	const struct factor_kind *best = NULL;
	int64_t used_at = -1;

	for (size_t i = 0; i < m->count; i++) {
		const struct factor *f = &m->factors[i];
		const struct factor_kind *kind = kind_of(f);

		if (kind == NULL || kind == &recovery_code_kind || !f->confirmed ||
			f->last_used_at <= used_at || !mfa_offers(m, kind))
			continue;
		best = kind;
		used_at = f->last_used_at;
	}
	return best;
}

const struct factor_kind *mfa_choose(const struct mfa *m, struct str wanted)
{
	static const struct factor_kind *const order[] = { &totp_kind, &webauthn_kind,
		&email_code_kind, &recovery_code_kind };
	const struct factor_kind *kind = factor_kind(wanted);

	if (kind != NULL && mfa_offers(m, kind))
		return kind;
	kind = m->enrolling ? NULL : used_last(m);
	for (size_t i = 0; kind == NULL && i < sizeof(order) / sizeof(order[0]); i++) {
		if (mfa_offers(m, order[i]))
			kind = order[i];
	}
	/* Codes by e-mail alone are on, and there is no address. */
	return kind != NULL ? kind : &totp_kind;
}
