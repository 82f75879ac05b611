/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"
#include "crypto/digest.h"
#include "crypto/password.h"
#include "tenant/base32.h"
#include "tenant/tenant_plan.h"
#include "tenant/user_fields.h"

enum { FACTOR_ID_BYTES = 16, TOTP_SECRET_LEAST = 10 };

/* The user that the item is about: by user_id, else by e-mail, user name. */
static enum err find(struct plan *p, const struct user_fields *u, struct user *ret)
{
	if (u->user_id.n)
		return user_find(p->conn, p->arena, u->user_id, ret);
	if (u->email.n)
		return user_find_by_login(p->conn, p->arena, u->email, ret);
	return user_find_by_login(p->conn, p->arena, u->username, ret);
}

static struct str name_of(const struct user_fields *u)
{
	if (u->email.n)
		return u->email;
	return u->username.n ? u->username : u->user_id;
}

/* One that was set after the file was written must not give way to what stands there. */
static bool is_later(const struct plan *p, const struct user *user)
{
	return user->last_password_reset > 0 && !p->options->sets_passwords;
}

/*
 * A password that fits what is stored is no change. A hash is taken as it is, but not over one
 * of a user who has signed in: it may be newer, and ours by now.
 */
static enum err plan_password(
	struct plan *p, const struct user_fields *u, bool is_new, struct user *user)
{
	bool rehash;
	enum err e;

	if (u->password_hash.n) {
		if (is_new || user->password_hash.n == 0 || user->last_login == 0)
			user->password_hash = u->password_hash;
		return OK;
	}
	if (u->password.n == 0)
		return OK;
	if (user->password_hash.n) {
		e = password_verify(user->password_hash, u->password, &rehash);
		if (e == OK || e == ERR_BUSY)
			return e;
		if (is_later(p, user)) {
			plan_warn(p,
				"the password of " STR_FMT
				" was changed meanwhile and stays (tacit user update USER "
				"--password-stdin sets another)",
				STR_ARG(str_first(name_of(u), 100)));
			return OK;
		}
	}
	if (!is_new && p->options->sets_passwords)
		user->last_password_reset = p->now;
	return password_hash(p->arena, u->password, &user->password_hash);
}

static bool has_secret(
	struct plan *p, const struct factor *factors, size_t count, struct str secret)
{
	for (size_t i = 0; i < count; i++) {
		struct str plain;

		if (str_is(factors[i].type, "totp") &&
			!seal_open(p->seal, p->arena, SEAL_STORE, factors[i].sealed, &plain) &&
			equal_in_constant_time(plain, secret))
			return true;
	}
	return false;
}

static void add_factor(
	struct plan *p, struct planned_user *user, const struct json *method, struct str secret)
{
	struct planned_factor *planned = arena_new_of(p->arena, struct planned_factor);
	struct str name = json_get_str(method, "name");

	planned->factor = (struct factor){
		.factor_id = arena_printf(p->arena, "totp|" STR_FMT,
			STR_ARG(random_token(p->arena, FACTOR_ID_BYTES))),
		.user_id = user->user.user_id,
		.type = S("totp"),
		.name = name,
		.sealed = seal_close(p->seal, p->arena, SEAL_STORE, secret),
		.data = S("{}"),
		.confirmed = true,
		.created_at = p->now,
	};
	planned->next = user->factors;
	user->factors = planned;
}

static enum err plan_method(struct plan *p, struct planned_user *user,
	const struct factor *factors, size_t count, const struct json *method,
	struct str *ret_why)
{
	struct str text = json_get_str(method, "totp_secret");
	struct str secret;

	if (!str_is(json_get_str(method, "type"), "totp")) {
		*ret_why = S("authentication_methods: the type must be totp");
		return ERR_INVALID;
	}
	/* An export without secrets: the factor is there, its secret is not told. */
	if (text.n == 0 && count > 0)
		return OK;
	if (base32_decode(p->arena, text, &secret) || secret.n < TOTP_SECRET_LEAST) {
		*ret_why = S("authentication_methods: totp_secret must be base32 of at least "
			     "10 bytes");
		return ERR_INVALID;
	}
	if (!has_secret(p, factors, count, secret))
		add_factor(p, user, method, secret);
	return OK;
}

static enum err plan_methods(struct plan *p, struct planned_user *user,
	const struct user_fields *u, struct str *ret_why)
{
	struct factor *factors = NULL;
	size_t count = 0;
	enum err e = OK;

	if (!u->methods)
		return OK;
	if (!user->is_new)
		e = factor_list(p->conn, p->arena, user->user.user_id, &factors, &count);
	json_each(method, u->methods) if (!e) e =
		plan_method(p, user, factors, count, method, ret_why);
	return e;
}

static struct str name_key(struct plan *p, char kind, struct str name)
{
	char *key = arena_alloc(p->arena, name.n + 2);

	key[0] = kind;
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		key[i + 1] = (char)(kind == 'l' && c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	return (struct str){ key, name.n + 1 };
}

/* Was the name said before? Notes it. The table has room for three names of every user twice
 * over, so a free place is always found. */
static bool note_name(struct plan *p, char kind, struct str name)
{
	struct str key = name_key(p, kind, name);
	size_t at = str_hash(key) & (p->names_room - 1);

	if (name.n == 0)
		return false;
	while (p->names[at].n) {
		if (str_eq(p->names[at], key))
			return true;
		at = (at + 1) & (p->names_room - 1);
	}
	p->names[at] = key;
	return false;
}

static void make_names(struct plan *p, size_t users)
{
	p->names_room = 64;
	while (p->names_room < users * 6)
		p->names_room *= 2;
	p->names = arena_array(p->arena, struct str, p->names_room);
}

static bool is_twice(struct plan *p, struct str user_id, const struct user_fields *u)
{
	bool twice = note_name(p, 'i', user_id);

	twice = note_name(p, 'l', u->email) || twice;
	return note_name(p, 'l', u->username) || twice;
}

/* Is the e-mail or user name another account's? Then the write would fail, and namelessly. */
static bool is_taken(struct plan *p, const struct user *user, struct str login)
{
	struct user other;

	return login.n && user_find_by_login(p->conn, p->arena, login, &other) == OK &&
	       !str_eq(other.user_id, user->user_id);
}

static enum err plan_user(struct plan *p, struct planned_user *user,
	const struct user_fields *u, const struct json *item, struct str *ret_why)
{
	struct user before = { 0 };
	enum err e = find(p, u, &before);

	if (e && e != ERR_NOT_FOUND)
		return e;
	user->is_new = e == ERR_NOT_FOUND;
	user->user = before;
	user->user.updated_at = p->now;
	if (user->is_new) {
		user->user.user_id = u->user_id.n ? u->user_id : user_id_new(p->arena);
		user->user.created_at = p->now;
	}
	if (is_twice(p, user->user.user_id, u)) {
		*ret_why = S("is there twice");
		return ERR_INVALID;
	}
	user_fields_overlay(p->arena, u, item, &user->user);
	if (is_taken(p, &user->user, user->user.email) ||
		is_taken(p, &user->user, user->user.username)) {
		*ret_why = S("another user has this e-mail or user name");
		return ERR_INVALID;
	}
	e = plan_password(p, u, user->is_new, &user->user);
	if (!e)
		e = plan_methods(p, user, u, ret_why);
	user->is_changed = !e && !user_fields_same(p->arena, &before, &user->user);
	user->is_new_password =
		!user->is_new && !str_eq(before.password_hash, user->user.password_hash);
	return e;
}

static enum err plan_item(struct plan *p, const struct json *item, size_t index)
{
	struct planned_user *user = arena_new_of(p->arena, struct planned_user);
	struct user_fields u = { 0 };
	struct str why = S("email: an e-mail, a username or a user_id must be given");
	enum err e = user_fields_read(p->arena, item, &u, &why);

	if (!e && name_of(&u).n == 0)
		e = ERR_INVALID;
	if (!e)
		e = plan_user(p, user, &u, item, &why);
	if (e == ERR_INVALID)
		return plan_refuse(p, "users", item, index, name_of(&u), why);
	if (e)
		return e;
	*p->users_end = user;
	p->users_end = &user->next;
	if (user->is_new)
		plan_note(p, "users", name_of(&u), CHANGE_CREATED);
	else
		plan_note(p, "users", name_of(&u),
			user->is_changed || user->factors ? CHANGE_UPDATED : CHANGE_NONE);
	return OK;
}

enum err plan_users(struct plan *p)
{
	const struct json *users = json_get(p->file->root, "users");
	size_t index = 0;

	if (!users || users->type == JSON_NULL_VALUE)
		return OK;
	if (users->type != JSON_LIST)
		return plan_refuse(
			p, "users", users, NO_INDEX, (struct str){ 0 }, S("must be a list"));
	make_names(p, users->count);
	json_each(item, users)
	{
		enum err e = plan_item(p, item, index++);

		if (e)
			return e;
	}
	return OK;
}
