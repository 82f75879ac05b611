/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/confirmation.h"

static const char *const members[] = {
	[CONFIRM_JKT] = "jkt",
	[CONFIRM_X5T] = "x5t#S256",
};

static struct confirmation by(enum confirmation_method method, struct str thumbprint)
{
	if (thumbprint.n == 0)
		return (struct confirmation){ 0 };
	return (struct confirmation){ method, thumbprint };
}

struct confirmation confirmation_by_jkt(struct str thumbprint)
{
	return by(CONFIRM_JKT, thumbprint);
}

struct confirmation confirmation_by_x5t(struct str thumbprint)
{
	return by(CONFIRM_X5T, thumbprint);
}

bool confirmation_is_met(const struct confirmation *c, const struct possession *held)
{
	switch (c->method) {
	case CONFIRM_NOTHING:
		return true;
	case CONFIRM_JKT:
		return c->thumbprint.n > 0 && str_eq(c->thumbprint, held->jkt);
	case CONFIRM_X5T:
		return c->thumbprint.n > 0 && str_eq(c->thumbprint, held->x5t);
	}
	return false;
}

struct str confirmation_token_type(const struct confirmation *c)
{
	return c->method == CONFIRM_JKT ? S("DPoP") : S("Bearer");
}

void confirmation_write(struct json_writer *w, const struct confirmation *c)
{
	if (c->method == CONFIRM_NOTHING)
		return;
	json_key(w, "cnf");
	json_begin_map(w);
	json_put_str(w, members[c->method], c->thumbprint);
	json_end_map(w);
}

struct confirmation confirmation_read(const struct json *map)
{
	const struct json *cnf = json_get(map, "cnf");

	for (enum confirmation_method m = CONFIRM_JKT; m <= CONFIRM_X5T; m++)
		if (json_get_str(cnf, members[m]).n > 0)
			return by(m, json_get_str(cnf, members[m]));
	return (struct confirmation){ 0 };
}
