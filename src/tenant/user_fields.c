/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/user_fields.h"

#include <stddef.h>

#include "base/base64.h"
#include "base/random.h"
#include "crypto/password.h"
#include "tenant/document_secret.h"
#include "json/json_writer.h"

enum { USER_ID_BYTES = 12, PASSWORD_MOST = 1024 };

/* OpenID Connect Core 5.1, what has no column of its own. */
static const char profile_claims[] =
	"given_name family_name middle_name nickname "
	"preferred_username profile picture website gender birthdate "
	"zoneinfo locale address";

static const char *check_email(struct arena *a, struct str s)
{
	ptrdiff_t at = str_index(s, '@');

	(void)a;
	if (at <= 0 || (size_t)at + 1 == s.n || str_index(s, ' ') >= 0)
		return "must be an e-mail address";
	return NULL;
}

static const char *check_user_id(struct arena *a, struct str s)
{
	(void)a;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] > '~')
			return "must be printable ASCII without blanks";
	return s.n > 255 ? "must be at most 255 bytes" : NULL;
}

static const char *check_password(struct arena *a, struct str s)
{
	(void)a;
	return s.n > PASSWORD_MOST ? "must be at most 1024 bytes" : NULL;
}

static const char *check_hash(struct arena *a, struct str s)
{
	(void)a;
	return password_hash_is_known(s) ? NULL
					 : "must be an argon2 (PHC), bcrypt or PBKDF2 string";
}

static enum err read_map(struct arena *a, const struct json *value, const char *name,
	struct str *ret, struct str *ret_why)
{
	if (value->type != JSON_MAP)
		return field_refuse(a, ret_why, name, "must be a map");
	*ret = json_text(a, value);
	return OK;
}

static enum err read_app_metadata(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct user_fields *u = into;

	return read_map(a, value, "app_metadata", &u->app_metadata, ret_why);
}

static enum err read_user_metadata(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct user_fields *u = into;

	return read_map(a, value, "user_metadata", &u->user_metadata, ret_why);
}

static enum err read_address(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct str unused;

	(void)into;
	return read_map(a, value, "address", &unused, ret_why);
}

static enum err read_methods(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	struct user_fields *u = into;

	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, "authentication_methods",
			"must be a list of {type: totp, totp_secret: BASE32}");
	u->methods = value;
	return OK;
}

/* A claim whose text only has to be text: it is taken from the document as it is. */
static enum err read_claim(
	struct arena *a, const struct json *value, void *into, struct str *ret_why)
{
	(void)into;
	if (value->type == JSON_STR)
		return OK;
	return field_refuse(a, ret_why, arena_cstr(a, value->key), "must be a string");
}

#define AT(member) offsetof(struct user_fields, member)

/* clang-format off */
static const struct field fields[] = {
	{ "user_id", FIELD_TEXT, AT(user_id), .check = check_user_id },
	{ "email", FIELD_TEXT, AT(email), .check = check_email },
	{ .name = "email_verified", .type = FIELD_FLAG, .offset = AT(email_verified) },
	{ .name = "username", .type = FIELD_TEXT, .offset = AT(username) },
	{ .name = "phone_number", .type = FIELD_TEXT, .offset = AT(phone_number) },
	{ .name = "phone_verified", .type = FIELD_FLAG, .offset = AT(phone_verified) },
	{ .name = "name", .type = FIELD_TEXT, .offset = AT(name) },
	{ "password", FIELD_TEXT, AT(password), .check = check_password },
	{ "password_hash", FIELD_TEXT, AT(password_hash), .check = check_hash },
	{ .name = "blocked", .type = FIELD_FLAG, .offset = AT(blocked) },
	{ .name = "app_metadata", .type = FIELD_OWN, .read = read_app_metadata },
	{ .name = "user_metadata", .type = FIELD_OWN, .read = read_user_metadata },
	{ .name = "address", .type = FIELD_OWN, .read = read_address },
	{ .name = "authentication_methods", .type = FIELD_OWN, .read = read_methods },
	{ .name = "birthdate", .type = FIELD_OWN, .read = read_claim },
	{ .name = "family_name", .type = FIELD_OWN, .read = read_claim },
	{ .name = "gender", .type = FIELD_OWN, .read = read_claim },
	{ .name = "given_name", .type = FIELD_OWN, .read = read_claim },
	{ .name = "locale", .type = FIELD_OWN, .read = read_claim },
	{ .name = "middle_name", .type = FIELD_OWN, .read = read_claim },
	{ .name = "nickname", .type = FIELD_OWN, .read = read_claim },
	{ .name = "picture", .type = FIELD_OWN, .read = read_claim },
	{ .name = "preferred_username", .type = FIELD_OWN, .read = read_claim },
	{ .name = "profile", .type = FIELD_OWN, .read = read_claim },
	{ .name = "website", .type = FIELD_OWN, .read = read_claim },
	{ .name = "zoneinfo", .type = FIELD_OWN, .read = read_claim },

	/* What Auth0 writes beside them; it says nothing to us. */
	{ .name = "connection", .type = FIELD_KEPT },
	{ .name = "created_at", .type = FIELD_KEPT },
	{ .name = "identities", .type = FIELD_KEPT },
	{ .name = "last_ip", .type = FIELD_KEPT },
	{ .name = "last_login", .type = FIELD_KEPT },
	{ .name = "last_password_reset", .type = FIELD_KEPT },
	{ .name = "logins_count", .type = FIELD_KEPT },
	{ .name = "multifactor", .type = FIELD_KEPT },
	{ .name = "updated_at", .type = FIELD_KEPT },
	{ .name = "verify_email", .type = FIELD_KEPT },
};
/* clang-format on */

enum { FIELDS = sizeof(fields) / sizeof(fields[0]) };

enum err user_fields_read(
	struct arena *a, const struct json *body, struct user_fields *ret, struct str *ret_why)
{
	struct user_fields u = { 0 };
	enum err e;

	fields_default(fields, FIELDS, &u);
	e = fields_read(a, fields, FIELDS, body, &u, ret_why);
	if (e)
		return e;
	if (u.password.n && u.password_hash.n)
		return field_refuse(
			a, ret_why, "password", "give it or password_hash, not both");
	*ret = u;
	return OK;
}

static void overlay_text(
	struct str *at, struct str value, const struct json *body, const char *name)
{
	if (field_find(body, name))
		*at = value;
}

/* The claims of `body` over those of before, in the order of the list. */
static struct str merge_profile(
	struct arena *a, struct str before_text, const struct json *body)
{
	struct str rest = str_from(profile_claims);
	const struct json *before = NULL;
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);
	struct str claim;

	if (before_text.n && json_parse(a, before_text, &before, NULL))
		before = NULL;
	json_begin_map(&w);
	while (str_split(&rest, ' ', &claim)) {
		const char *name = arena_cstr(a, claim);
		const struct json *value = field_find(body, name);

		if (!value)
			value = field_find(before, name);
		if (!value)
			continue;
		json_key(&w, name);
		json_value(&w, value);
	}
	json_each(child, before)
	{
		if (str_has_word(str_from(profile_claims), child->key))
			continue;
		json_key_str(&w, child->key);
		json_value(&w, child);
	}
	json_end_map(&w);
	return buf_str(&b);
}

void user_fields_overlay(struct arena *a, const struct user_fields *u, const struct json *body,
	struct user *user)
{
	overlay_text(&user->email, u->email, body, "email");
	overlay_text(&user->username, u->username, body, "username");
	overlay_text(&user->phone_number, u->phone_number, body, "phone_number");
	overlay_text(&user->name, u->name, body, "name");
	overlay_text(&user->app_metadata, u->app_metadata, body, "app_metadata");
	overlay_text(&user->user_metadata, u->user_metadata, body, "user_metadata");
	if (field_find(body, "email_verified"))
		user->email_verified = u->email_verified;
	if (field_find(body, "phone_verified"))
		user->phone_verified = u->phone_verified;
	if (field_find(body, "blocked"))
		user->blocked = u->blocked;
	user->profile = merge_profile(a, user->profile, body);
}

static const struct json *parsed(struct arena *a, struct str text)
{
	const struct json *value = NULL;

	if (text.n == 0)
		text = S("{}");
	return json_parse(a, text, &value, NULL) ? NULL : value;
}

static bool same_json(struct arena *a, struct str one, struct str two)
{
	return document_same(parsed(a, one), parsed(a, two));
}

bool user_fields_same(struct arena *a, const struct user *one, const struct user *two)
{
	return str_eq(one->email, two->email) && str_eq(one->username, two->username) &&
	       str_eq(one->phone_number, two->phone_number) && str_eq(one->name, two->name) &&
	       str_eq(one->password_hash, two->password_hash) &&
	       one->email_verified == two->email_verified &&
	       one->phone_verified == two->phone_verified && one->blocked == two->blocked &&
	       same_json(a, one->profile, two->profile) &&
	       same_json(a, one->app_metadata, two->app_metadata) &&
	       same_json(a, one->user_metadata, two->user_metadata);
}

static void put_map(struct arena *a, struct json_writer *w, const char *name, struct str text)
{
	const struct json *value = text.n ? parsed(a, text) : NULL;

	if (!value || value->count == 0)
		return;
	json_key(w, name);
	json_value(w, value);
}

void user_fields_write(
	struct arena *a, const struct user *u, bool secrets, struct json_writer *w)
{
	json_begin_map(w);
	json_put_str(w, "user_id", u->user_id);
	json_put_opt(w, "email", u->email);
	if (u->email.n)
		json_put_bool(w, "email_verified", u->email_verified);
	json_put_opt(w, "username", u->username);
	json_put_opt(w, "phone_number", u->phone_number);
	if (u->phone_number.n)
		json_put_bool(w, "phone_verified", u->phone_verified);
	json_put_opt(w, "name", u->name);
	json_each(claim, parsed(a, u->profile))
	{
		json_key_str(w, claim->key);
		json_value(w, claim);
	}
	if (u->blocked)
		json_put_bool(w, "blocked", true);
	put_map(a, w, "app_metadata", u->app_metadata);
	put_map(a, w, "user_metadata", u->user_metadata);
	if (secrets)
		json_put_opt(w, "password_hash", u->password_hash);
}

struct str user_id_new(struct arena *a)
{
	unsigned char bytes[USER_ID_BYTES];

	random_bytes(bytes, sizeof(bytes));
	return arena_printf(a, "auth0|" STR_FMT, STR_ARG(hex_encode(a, bytes, sizeof(bytes))));
}
