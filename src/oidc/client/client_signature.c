/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/client_signature.h"

#include "jose/jwks.h"
#include "notify/fetch.h"
#include "oidc/client/client_jwks.h"

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

static enum err verify_with_set(struct arena *a, struct str text, const struct jws *jws)
{
	const struct json *set;
	const struct jwk *key;
	struct jwks keys;
	enum err err;

	if (text.n == 0 || json_parse(a, text, &set, NULL) != OK)
		return ERR_INVALID;
	err = jwks_read(a, set, &keys);
	if (err != OK)
		return err;
	key = jwks_find(&keys, jws->kid, jws->alg);
	err = key == NULL ? ERR_INVALID : jws_verify(jws, key, jws->alg);
	jwks_done(&keys);
	return err;
}

enum err client_verify_with_keys(const struct tenant *t, const struct client *client,
	const struct http_request *rq, const struct jws *jws)
{
	struct str text = client->jwks;
	enum err err = OK;

	if (jws->alg == JWS_NONE || jws->alg >= JWS_HS256)
		return ERR_INVALID;
	if (text.n == 0 && client->jwks_uri.n > 0)
		err = client_jwks_get(t, rq->arena, client->jwks_uri, jws->kid, rq->now,
			rq->may_block, fetch, &text);
	return err == OK ? verify_with_set(rq->arena, text, jws) : err;
}
