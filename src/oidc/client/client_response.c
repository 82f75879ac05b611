/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/client_response.h"

#include "base/log.h"
#include "notify/fetch.h"
#include "oidc/client/client_jwks.h"

static enum err sign_with_secret(
	const struct client_response *r, struct arena *a, struct str payload, struct str *ret)
{
	struct jwk *secret;
	enum err err;

	if (r->client->secret.n == 0)
		return ERR_NOT_FOUND;
	secret = jwk_from_secret(r->client->secret);
	err = jws_sign(secret, r->alg, r->typ, S(""), a, payload, ret);
	jwk_unref(secret);
	return err;
}

static enum err sign(
	const struct client_response *r, struct arena *a, struct str payload, struct str *ret)
{
	switch (r->alg) {
	case JWS_UNKNOWN:
		*ret = payload;
		return OK;
	case JWS_NONE:
		return jws_sign(NULL, JWS_NONE, r->typ, S(""), a, payload, ret);
	case JWS_HS256:
	case JWS_HS384:
	case JWS_HS512:
		return sign_with_secret(r, a, payload, ret);
	default:
		if (r->draft != NULL && r->encryption.alg == JWE_ALG_UNKNOWN)
			return keyring_draft(
				r->tenant->keys, r->alg, r->typ, a, payload, r->draft, ret);
		return keyring_sign(r->tenant->keys, r->alg, r->typ, a, payload, ret);
	}
}

/* Is this the key that it goes to? One that says "enc" is asked for first. */
static bool takes(const struct json *entry, enum jwe_alg alg, bool says_enc, struct jwk **ret)
{
	struct str named = json_get_str(entry, "alg");

	if (says_enc != (json_get(entry, "use") != NULL) ||
		(named.n > 0 && jwe_alg_from(named) != alg) ||
		jwk_read_encryption(entry, ret) != OK)
		return false;
	if (jwk_fits_jwe(*ret, alg))
		return true;
	jwk_unref(*ret);
	return false;
}

static enum err find_key(
	const struct json *set, enum jwe_alg alg, struct jwk **ret, struct str *ret_kid)
{
	for (int says_enc = 1; says_enc >= 0; says_enc--)
		json_each(entry, json_get(set, "keys"))
		{
			if (!takes(entry, alg, says_enc, ret))
				continue;
			*ret_kid = json_get_str(entry, "kid");
			return OK;
		}
	return ERR_NOT_FOUND;
}

static enum err warn_of_no_key(const struct client_response *r, struct arena *a)
{
	log_line(LOG_WARN, "oidc", "a client has no key to encrypt to", "client_id",
		arena_cstr(a, r->client->client_id), "alg", jwe_alg_name(r->encryption.alg),
		NULL);
	return ERR_CRYPTO;
}

/* The key in it is the caller's to give back. */
static enum err find_recipient(const struct client_response *r, struct arena *a,
	struct jwe_recipient *ret, struct jwk **ret_key)
{
	struct jwe_recipient to = { .alg = r->encryption.alg, .enc = r->encryption.enc };
	struct str keys = r->client->jwks;
	const struct json *set;
	struct jwk *key;
	enum err err = OK;

	if (keys.n == 0)
		err = client_jwks_get(r->tenant, a, r->client->jwks_uri, S(""), r->now,
			r->may_block, fetch, &keys);
	if (err == ERR_WOULD_BLOCK || err == ERR_BUSY)
		return err;
	if (err != OK || json_parse(a, keys, &set, NULL) != OK ||
		find_key(set, to.alg, &key, &to.kid) != OK)
		return warn_of_no_key(r, a);
	to.key = key;
	*ret = to;
	*ret_key = key;
	return OK;
}

static enum err encrypt(
	const struct client_response *r, struct arena *a, struct str text, struct str *ret)
{
	struct str cty = r->alg == JWS_UNKNOWN ? S("") : S("JWT");
	struct jwe_recipient to;
	struct jwk *key;
	enum err err = find_recipient(r, a, &to, &key);

	if (err != OK)
		return err;
	err = jwe_encrypt(&to, cty, a, text, ret);
	jwk_unref(key);
	return err;
}

enum err client_response_check(const struct client_response *r, struct arena *a,
	const struct fault *no_key, const struct fault **ret)
{
	struct jwe_recipient to;
	struct jwk *key;
	enum err err;

	if (r->encryption.alg == JWE_ALG_UNKNOWN)
		return OK;
	err = find_recipient(r, a, &to, &key);
	if (err == OK)
		jwk_unref(key);
	if (err != ERR_CRYPTO)
		return err;
	*ret = no_key;
	return OK;
}

enum err client_response_make(
	const struct client_response *r, struct arena *a, struct str payload, struct str *ret)
{
	struct str text;
	enum err err = sign(r, a, payload, &text);

	if (err != OK)
		return err;
	if (r->encryption.alg != JWE_ALG_UNKNOWN)
		return encrypt(r, a, text, ret);
	*ret = text;
	return OK;
}
