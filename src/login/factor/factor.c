/* SPDX-License-Identifier: Apache-2.0 */
#include "login/factor/factor.h"

#include "store/ticket.h"

static const struct factor_kind *const kinds[] = {
	&webauthn_kind,
	&totp_kind,
	&email_code_kind,
	&recovery_code_kind,
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const struct factor_kind *factor_kind_at(size_t i)
{
	return i < KINDS ? kinds[i] : NULL;
}

const struct factor_kind *factor_kind(struct str name)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (str_is(name, kinds[i]->name))
			return kinds[i];
	}
	return NULL;
}

bool factor_has_kind(const struct factor *factors, size_t count, const struct factor_kind *kind)
{
	for (size_t i = 0; i < count; i++) {
		if (factors[i].confirmed && kind->owns(&factors[i]))
			return true;
	}
	return false;
}

bool factor_has_any(const struct factor *factors, size_t count)
{
	return factor_has_kind(factors, count, &totp_kind) ||
	       factor_has_kind(factors, count, &webauthn_kind);
}

enum err factor_proof_write(struct db_conn *conn, const struct factor_proof *proof, int64_t now)
{
	const struct factor *f = proof->factor;

	if (proof->ticket.n > 0) {
		enum err err = ticket_take(conn, proof->ticket, now);

		return err == ERR_NOT_FOUND ? ERR_CONFLICT : err;
	}
	if (proof->data.n > 0)
		return factor_change(conn, f->factor_id, f->data, proof->data, now);
	return factor_use(conn, f->factor_id, proof->step, now);
}
