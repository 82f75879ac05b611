/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/id_token.h"

#include <assert.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "oidc/client/client_response.h"
#include "oidc/token/custom_claims.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum claim_source {
	FROM_PROFILE_TEXT,
	FROM_PROFILE_MAP,
	FROM_NAME,
	FROM_EMAIL,
	FROM_EMAIL_VERIFIED,
	FROM_PHONE,
	FROM_PHONE_VERIFIED,
	FROM_USERNAME,
	FROM_UPDATED_AT,
};

/* OpenID Connect Core 1.0, 5.1 and 5.4. */
/* clang-format off */
static const struct standard_claim {
	const char *name;
	const char *scope;
	enum claim_source source;
} standard_claims[] = {
	{ "name",                  "profile", FROM_NAME },
	{ "given_name",            "profile", FROM_PROFILE_TEXT },
	{ "family_name",           "profile", FROM_PROFILE_TEXT },
	{ "middle_name",           "profile", FROM_PROFILE_TEXT },
	{ "nickname",              "profile", FROM_PROFILE_TEXT },
	{ "preferred_username",    "profile", FROM_USERNAME },
	{ "profile",               "profile", FROM_PROFILE_TEXT },
	{ "picture",               "profile", FROM_PROFILE_TEXT },
	{ "website",               "profile", FROM_PROFILE_TEXT },
	{ "gender",                "profile", FROM_PROFILE_TEXT },
	{ "birthdate",             "profile", FROM_PROFILE_TEXT },
	{ "zoneinfo",              "profile", FROM_PROFILE_TEXT },
	{ "locale",                "profile", FROM_PROFILE_TEXT },
	{ "updated_at",            "profile", FROM_UPDATED_AT },
	{ "email",                 "email",   FROM_EMAIL },
	{ "email_verified",        "email",   FROM_EMAIL_VERIFIED },
	{ "address",               "address", FROM_PROFILE_MAP },
	{ "phone_number",          "phone",   FROM_PHONE },
	{ "phone_number_verified", "phone",   FROM_PHONE_VERIFIED },
};
/* clang-format on */
enum { STANDARD_CLAIMS = sizeof(standard_claims) / sizeof(standard_claims[0]) };

/* A column of the row where it has one, else what the profile says. */
static struct str text_of(
	const struct standard_claim *c, const struct user *user, const struct json *profile)
{
	struct str column = { NULL, 0 };

	if (c->source == FROM_NAME)
		column = user->name;
	else if (c->source == FROM_USERNAME)
		column = user->username;
	return column.n > 0 ? column : json_get_str(profile, c->name);
}

static void write_map(struct json_writer *w, const char *name, const struct json *value)
{
	if (value == NULL || value->type != JSON_MAP || value->count == 0)
		return;
	json_key(w, name);
	json_value(w, value);
}

static void write_claim(struct json_writer *w, const struct standard_claim *c,
	const struct user *user, const struct json *profile)
{
	switch (c->source) {
	case FROM_PROFILE_TEXT:
	case FROM_NAME:
	case FROM_USERNAME:
		json_put_opt(w, c->name, text_of(c, user, profile));
		return;
	case FROM_PROFILE_MAP:
		write_map(w, c->name, json_get(profile, c->name));
		return;
	case FROM_EMAIL:
		json_put_opt(w, c->name, user->email);
		return;
	case FROM_EMAIL_VERIFIED:
		if (user->email.n > 0)
			json_put_bool(w, c->name, user->email_verified);
		return;
	case FROM_PHONE:
		json_put_opt(w, c->name, user->phone_number);
		return;
	case FROM_PHONE_VERIFIED:
		if (user->phone_number.n > 0)
			json_put_bool(w, c->name, user->phone_verified);
		return;
	case FROM_UPDATED_AT:
		if (user->updated_at > 0)
			json_put_int(w, c->name, user->updated_at);
		return;
	}
}

/* What does not parse asks for nothing: the authorization endpoint has refused it already. */
static const struct json *parse_or_none(struct arena *a, struct str text)
{
	const struct json *value = NULL;

	if (text.n == 0 || json_parse(a, text, &value, NULL) != OK)
		return NULL;
	return value;
}

static bool is_same(const struct json *wanted, const struct json *value)
{
	return wanted->type == value->type && str_eq(wanted->str, value->str) &&
	       wanted->integer == value->integer;
}

/* Where a value or one of several was asked for (5.5.1), another one is no answer. */
static bool is_wanted(const struct json *asked, const struct json *value)
{
	const struct json *wanted = json_get(asked, "value");
	const struct json *list = json_get(asked, "values");

	if (wanted != NULL && !is_same(wanted, value))
		return false;
	json_each(one, list)
	{
		if (is_same(one, value))
			return true;
	}
	return list == NULL;
}

static void write_asked(struct json_writer *w, const struct standard_claim *c,
	const struct user *user, const struct json *profile, const struct json *asked)
{
	struct arena *a = w->buf->arena;
	struct buf text = buf_new(a, 128);
	struct json_writer one = json_writer_on(&text);
	const struct json *map;

	json_begin_map(&one);
	write_claim(&one, c, user, profile);
	json_end_map(&one);
	if (json_parse(a, buf_str(&text), &map, NULL) != OK || map->first == NULL ||
		!is_wanted(asked, map->first))
		return;
	json_key(w, c->name);
	json_value(w, map->first);
}

void standard_claims_write(struct json_writer *w, const struct user *user, struct str scope,
	struct str claims, const char *part)
{
	struct arena *a = w->buf->arena;
	const struct json *asked = json_get(parse_or_none(a, claims), part);
	const struct json *profile = parse_or_none(a, user->profile);

	for (size_t i = 0; i < STANDARD_CLAIMS; i++) {
		const struct standard_claim *c = &standard_claims[i];

		if (str_has_word(scope, str_from(c->scope)))
			write_claim(w, c, user, profile);
		else if (json_get(asked, c->name) != NULL)
			write_asked(w, c, user, profile, json_get(asked, c->name));
	}
}

static bool takes_scope_claims(const struct id_token_request *rq)
{
	return rq->with_profile || rq->client->scope_claims_in_id_token ||
	       rq->tenant->settings.scope_claims_in_id_token;
}

bool id_token_needs_user(const struct id_token_request *rq)
{
	if (str_find(rq->claims, S("id_token")) >= 0)
		return true;
	if (!takes_scope_claims(rq))
		return false;
	return str_has_word(rq->scope, S("profile")) || str_has_word(rq->scope, S("email")) ||
	       str_has_word(rq->scope, S("address")) || str_has_word(rq->scope, S("phone"));
}

/* The left half of the hash that goes with the algorithm; Ed25519 goes with SHA-512. */
static struct str half_hash(enum jws_alg alg, struct arena *a, struct str value)
{
	struct str hash;

	switch (alg) {
	case JWS_RS384:
	case JWS_PS384:
	case JWS_ES384:
	case JWS_HS384:
		hash = sha384(a, value);
		break;
	case JWS_RS512:
	case JWS_PS512:
	case JWS_ES512:
	case JWS_HS512:
	case JWS_EDDSA:
		hash = sha512(a, value);
		break;
	default:
		hash = sha256(a, value);
		break;
	}
	return base64url_encode(a, hash.p, hash.n / 2);
}

static void write_hash(struct json_writer *w, const char *name, enum jws_alg alg,
	struct arena *a, struct str value)
{
	if (value.n > 0 && alg != JWS_NONE)
		json_put_str(w, name, half_hash(alg, a, value));
}

static struct str write_token(const struct id_token_request *rq, struct arena *a)
{
	struct buf text = buf_new(a, 768);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "iss", rq->issuer);
	json_put_str(&w, "sub", subject_for(rq->tenant, rq->client, a, rq->who.user_id));
	json_put_str(&w, "aud", rq->client->client_id);
	json_put_int(&w, "iat", rq->now);
	json_put_int(&w, "exp", rq->now + rq->client->id_token_lifetime);
	json_put_opt(&w, "sid", rq->who.sid);
	json_put_opt(&w, "nonce", rq->nonce);
	if (rq->auth_time_wanted)
		json_put_int(&w, "auth_time", rq->who.auth_time);
	json_put_opt(&w, "acr", rq->who.acr);
	if (rq->who.amr.n > 0)
		json_put_words(&w, "amr", rq->who.amr);
	write_hash(&w, "at_hash", rq->client->id_token_alg, a, rq->access_token);
	write_hash(&w, "c_hash", rq->client->id_token_alg, a, rq->code);
	if (rq->user != NULL)
		standard_claims_write(&w, rq->user, takes_scope_claims(rq) ? rq->scope : S(""),
			rq->claims, "id_token");
	custom_claims_write(&w, rq->custom);
	json_end_map(&w);
	return buf_str(&text);
}

enum err id_token_sign(const struct tenant *t, const struct client *client, struct str typ,
	struct arena *a, struct str payload, struct str *ret)
{
	struct client_response response = {
		.tenant = t,
		.client = client,
		.alg = client->id_token_alg == JWS_NONE ? JWS_RS256 : client->id_token_alg,
		.typ = typ,
	};

	return client_response_make(&response, a, payload, ret);
}

enum err id_token_check(const struct tenant *t, const struct client *client,
	const struct http_request *rq, const struct fault **ret)
{
	static const struct fault no_key = { "invalid_request",
		STR_LIT("The client has no key to encrypt its id_token to, as its "
			"id_token_encrypted_response_alg asks"),
		REASON_ENCRYPTION_KEY_MISSING };
	struct client_response response = {
		.tenant = t,
		.client = client,
		.encryption = client->id_token_encryption,
		.now = rq->now,
		.may_block = rq->may_block,
	};

	return client_response_check(&response, rq->arena, &no_key, ret);
}

enum err id_token_make(const struct id_token_request *rq, struct arena *a, struct str *ret)
{
	struct client_response response = {
		.tenant = rq->tenant,
		.client = rq->client,
		.alg = rq->client->id_token_alg,
		.encryption = rq->client->id_token_encryption,
		.typ = S("JWT"),
		.now = rq->now,
		.may_block = rq->may_block,
		.draft = rq->draft,
	};

	assert(rq->user != NULL || !takes_scope_claims(rq) || !id_token_needs_user(rq));
	return client_response_make(&response, a, write_token(rq, a), ret);
}
