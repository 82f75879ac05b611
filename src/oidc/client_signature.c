/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client_signature.h"

#include "jose/jwks.h"

enum err client_verify_with_secret(const struct client *client, const struct jws *jws)
{
	struct jwk *secret;
	enum err err;

	if (client->secret.n == 0)
		return ERR_INVALID;
	if (jws->alg != JWS_HS256 && jws->alg != JWS_HS384 && jws->alg != JWS_HS512)
		return ERR_INVALID;
	secret = jwk_from_secret(client->secret);
	err = jws_verify(jws, secret, jws->alg);
	jwk_unref(secret);
	return err;
}

enum err client_verify_with_keys(
	const struct client *client, struct arena *a, const struct jws *jws)
{
	const struct json *set;
	const struct jwk *key;
	struct jwks keys;
	enum err err;

	if (jws->alg == JWS_NONE || jws->alg >= JWS_HS256)
		return ERR_INVALID;
	if (client->jwks.n == 0 || json_parse(a, client->jwks, &set, NULL) != OK)
		return ERR_INVALID;
	err = jwks_read(a, set, &keys);
	if (err != OK)
		return err;
	key = jwks_find(&keys, jws->kid, jws->alg);
	err = key == NULL ? ERR_INVALID : jws_verify(jws, key, jws->alg);
	jwks_done(&keys);
	return err;
}
