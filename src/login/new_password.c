/* SPDX-License-Identifier: Apache-2.0 */
#include "login/new_password.h"

#include "crypto/breached.h"
#include "login/login_form.h"
#include "store/factor.h"
#include "store/grant.h"
#include "tenant/password_change.h"

static const char *const words[PASSWORD_TROUBLES] = {
	[PASSWORD_MISSING] = "no_password",
	[PASSWORD_SHORT] = "short",
	[PASSWORD_LONG] = "long",
	[PASSWORD_NAME] = "as_name",
	[PASSWORD_BREACHED] = "breached",
};

static int64_t characters(struct str s)
{
	int64_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}

static bool is_name(struct str password, struct str name)
{
	ptrdiff_t at = str_index(name, '@');

	return name.n > 0 &&
	       (str_eq_nocase(password, name) ||
		       (at > 0 && str_eq_nocase(password, str_first(name, (size_t)at))));
}

enum password_trouble new_password_judge(
	const struct flow *f, struct str password, struct str email, struct str name)
{
	const struct settings *settings = &f->tenant->settings;

	if (password.n == 0)
		return PASSWORD_MISSING;
	if (password.n > PASSWORD_TEXT_MAX)
		return PASSWORD_LONG;
	if (characters(password) < settings->password_least)
		return PASSWORD_SHORT;
	if (is_name(password, email) || is_name(password, name))
		return PASSWORD_NAME;
	if (settings->breached_passwords && breached_has(f->op->breached, password))
		return PASSWORD_BREACHED;
	return PASSWORD_FINE;
}

void new_password_show(struct page *p, const struct flow *f, enum password_trouble trouble)
{
	page_set(p, "least",
		arena_printf(
			f->rq->arena, "%lld", (long long)f->tenant->settings.password_least));
	if (trouble == PASSWORD_FINE)
		return;
	page_set(p, "trouble", S("1"));
	page_set(p, "password_wrong", S("1"));
	page_set(p, words[trouble], S("1"));
}

static enum err delete_passkeys(struct db_conn *conn, struct arena *a, struct str user_id)
{
	struct factor *list;
	size_t count;
	enum err err = factor_list(conn, a, user_id, &list, &count);

	for (size_t i = 0; err == OK && i < count; i++)
		if (str_is(list[i].type, "passkey"))
			err = factor_delete(conn, user_id, list[i].factor_id);
	return err;
}

static enum err delete_grants(
	struct db_conn *conn, struct arena *a, struct str user_id, int64_t now)
{
	struct grant *list;
	size_t count;
	enum err err = grant_list_by_user(conn, a, user_id, &list, &count);

	for (size_t i = 0; err == OK && i < count; i++)
		err = grant_delete(conn, list[i].grant_id, now);
	return err;
}

/* Whoever made the account had not shown that the address is theirs, and may have waited for
 * its owner: what opens it without the password, or lets an application in unasked, was not the
 * owner's. */
static enum err begin_anew(struct db_conn *conn, const struct new_password *n)
{
	const struct http_request *rq = n->flow->rq;
	enum err err = delete_passkeys(conn, rq->arena, n->user_id);

	return err == OK ? delete_grants(conn, rq->arena, n->user_id, rq->now) : err;
}

enum err new_password_write(struct db_conn *conn, const struct new_password *n)
{
	const struct http_request *rq = n->flow->rq;
	struct user user;
	bool is_first_proof;
	enum err err = user_find(conn, rq->arena, n->user_id, &user);

	if (err != OK)
		return err;
	/* The account has another address by now, for a reason perhaps. */
	if (n->proven_address.n > 0 && !str_eq_nocase(n->proven_address, user.email))
		return ERR_NOT_FOUND;
	user.password_hash = n->hash;
	user.updated_at = rq->now;
	user.last_password_reset = rq->now;
	is_first_proof = n->proven_address.n > 0 && !user.email_verified;
	user.email_verified = user.email_verified || is_first_proof;
	err = user_update(conn, &user);
	if (err == OK && is_first_proof)
		err = begin_anew(conn, n);
	return err == OK ? password_changed(conn, n->user_id, n->keep_sid, rq->now) : err;
}
