/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_keys.h"

#include "jose/jwk.h"
#include "tenant/field.h"
#include "json/json_writer.h"

const char *client_keys_check_alg(struct arena *a, struct str alg)
{
	enum jws_alg known = jws_alg_from(alg);

	(void)a;
	return known == JWS_NONE || known == JWS_UNKNOWN
		       ? "must be an algorithm of signatures, like ES256"
		       : NULL;
}

enum err client_keys_from_jwks(
	struct arena *a, const struct json *value, struct str *ret, struct str *ret_why)
{
	const struct json *keys = field_find(value, "keys");
	struct buf b = buf_new(a, 1024);
	struct json_writer w = json_writer_on(&b);

	if (!keys || keys->type != JSON_LIST)
		return field_refuse(
			a, ret_why, "jwks", "must be a set of public keys, {keys: […]}");
	json_each(key, keys) if (json_get(key, "d") || json_get(key, "k")) return field_refuse(
		a, ret_why, "jwks", "must hold public keys only, without d or k");
	json_value(&w, value);
	*ret = buf_str(&b);
	return OK;
}

static enum err write_key(struct arena *a, const struct json *credential, struct json_writer *w,
	struct str *ret_why)
{
	struct str kid = json_get_str(credential, "kid");
	struct str name = json_get_str(credential, "alg");
	enum jws_alg alg = name.n ? jws_alg_from(name) : JWS_RS256;
	struct jwk *key;

	if (jwk_read_pem(json_get_str(credential, "pem"), &key))
		return field_refuse(a, ret_why, "client_authentication_methods",
			"the pem of a credential is no key that is known here");
	if (jwk_is_private(key) || !jwk_fits(key, alg)) {
		jwk_unref(key);
		return field_refuse(a, ret_why, "client_authentication_methods",
			"the pem of a credential must be a public key that fits its alg");
	}
	json_raw(w, jwk_write_public(key, a, kid.n ? kid : jwk_thumbprint(key, a), alg));
	jwk_unref(key);
	return OK;
}

enum err client_keys_from_credentials(
	struct arena *a, const struct json *value, struct str *ret, struct str *ret_why)
{
	const struct json *list = field_find(value, "private_key_jwt.credentials");
	struct buf b = buf_new(a, 1024);
	struct json_writer w = json_writer_on(&b);
	bool any = false;

	json_begin_map(&w);
	json_key(&w, "keys");
	json_begin_list(&w);
	json_each(credential, list)
	{
		enum err e = OK;

		if (json_get_str(credential, "pem").n == 0)
			continue;
		e = write_key(a, credential, &w, ret_why);
		if (e)
			return e;
		any = true;
	}
	json_end_list(&w);
	json_end_map(&w);
	if (any)
		*ret = buf_str(&b);
	return OK;
}
