/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Codes by e-mail. A million codes are soon tried, so what stands in the store is a MAC under
 * the tenant's key, and whoever asks counts wrong answers.
 */

#include "base/random.h"
#include "login/factor/factor.h"
#include "notify/notify.h"
#include "store/ticket.h"

enum { DIGITS = 6, CODES = 1000000 };

static const char purpose[] = "email_code";

struct str email_code_new(struct arena *a)
{
	uint32_t number;

	/* Every code alike: what is above the last whole million is thrown again. */
	do
		random_bytes(&number, sizeof(number));
	while (number >= UINT32_MAX / CODES * CODES);
	return arena_printf(a, "%0*u", DIGITS, number % CODES);
}

struct str email_code_key(
	const struct tenant *t, struct arena *a, const struct email_code *c, struct str code)
{
	return seal_mac(t->seal, a, purpose,
		arena_printf(a, STR_FMT "\n" STR_FMT "\n" STR_FMT "\n" STR_FMT,
			STR_ARG(c->user_id), STR_ARG(c->address), STR_ARG(c->binding),
			STR_ARG(code)));
}

bool email_code_is_possible(
	const struct provider *op, const struct tenant *t, const struct user *u)
{
	return (t->settings.factors & FACTOR_EMAIL) && notify_is_address(u->email) &&
	       notify_can_send(op, t);
}

bool email_code_stands(const struct provider *op, const struct tenant *t, const struct user *u,
	const struct factor *factors, size_t count)
{
	return u->email_verified && email_code_is_possible(op, t, u) &&
	       (t->settings.email_factor_beside_others || !factor_has_any(factors, count));
}

static bool owns(const struct factor *f)
{
	(void)f;
	return false;
}

/* Without blanks, as people copy it. */
static struct str digits_of(struct arena *a, struct str typed)
{
	char *text = arena_alloc(a, DIGITS + 1);
	size_t n = 0;

	for (size_t i = 0; i < typed.n; i++) {
		if (typed.p[i] == ' ')
			continue;
		if (typed.p[i] < '0' || typed.p[i] > '9' || n == DIGITS)
			return (struct str){ 0 };
		text[n++] = typed.p[i];
	}
	return (struct str){ text, n };
}

static enum err judge(
	const struct factor_question *q, struct str answer, struct factor_proof *ret)
{
	struct str code = digits_of(q->arena, answer);
	struct ticket ticket;
	struct str key;
	enum err err;

	if (q->mailed == NULL || code.n != DIGITS)
		return ERR_NOT_FOUND;
	key = email_code_key(q->tenant, q->arena, q->mailed, code);
	err = ticket_find(db_reader(q->tenant->db), q->arena, key, q->now, &ticket);
	if (err != OK)
		return err;
	if (!str_is(ticket.kind, EMAIL_CODE_TICKET))
		return ERR_NOT_FOUND;
	*ret = (struct factor_proof){ .ticket = key };
	return OK;
}

const struct factor_kind email_code_kind = {
	.name = "email",
	.types = "email",
	.bit = FACTOR_EMAIL,
	.method = "email",
	.owns = owns,
	.judge = judge,
};
