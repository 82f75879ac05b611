/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/id_token_hint.h"

#include "jose/jwt.h"
#include "tenant/encryption_key.h"

static const struct fault invalid = {
	"invalid_request",
	STR_LIT("The id_token_hint is not a token that this server issued to this client."),
	REASON_HINT_INVALID,
};

static struct str audience_of(const struct json *claims)
{
	const struct json *aud = json_get(claims, "aud");

	if (aud != NULL && aud->type == JSON_LIST && aud->count == 1)
		aud = aud->first;
	return aud != NULL && aud->type == JSON_STR ? aud->str : S("");
}

static enum err verify_with_secret(const struct client *client, const struct jws *jws)
{
	struct jwk *key;
	enum err err;

	if (client->id_token_alg != JWS_HS256 || client->secret.n == 0)
		return ERR_INVALID;
	key = jwk_from_secret(client->secret);
	err = jws_verify(jws, key, JWS_HS256);
	jwk_unref(key);
	return err;
}

static enum err verify(
	const struct tenant *tenant, const struct client *client, const struct jws *jws)
{
	const struct jwk *key;
	enum jws_alg alg;

	if (jws->alg == JWS_HS256)
		return verify_with_secret(client, jws);
	key = keyring_find(tenant->keys, jws->kid, &alg);
	if (key == NULL)
		return ERR_INVALID;
	return jws_verify(jws, key, alg);
}

/* Access tokens are signed with the same keys: their type or audience tells them apart. */
static bool is_id_token(const struct jws *jws)
{
	return jws->typ.n == 0 || str_is(jws->typ, "JWT");
}

const struct fault *id_token_hint_read(const struct tenant *tenant, const struct client *client,
	struct arena *a, struct str hint, struct id_token_hint *ret)
{
	const struct json *claims;
	struct str audience;
	struct jws jws;

	/* A client may encrypt to us what we have encrypted to it (3.1.2.1). */
	if (jwe_looks_like(hint) && encryption_keys_open(tenant, a, hint, &hint) != OK)
		return &invalid;
	if (jws_parse(a, hint, &jws) != OK || !is_id_token(&jws))
		return &invalid;
	if (jwt_claims(a, &jws, &claims) != OK)
		return &invalid;
	audience = audience_of(claims);
	if (client == NULL)
		client = tenant_client(tenant, audience);
	if (client == NULL || !str_eq(client->client_id, audience))
		return &invalid;
	if (verify(tenant, client, &jws) != OK)
		return &invalid;
	if (tenant_issuer_by_url(tenant, json_get_str(claims, "iss")) == NULL)
		return &invalid;
	if (json_get_str(claims, "sub").n == 0)
		return &invalid;
	*ret = (struct id_token_hint){
		.sub = json_get_str(claims, "sub"),
		.sid = json_get_str(claims, "sid"),
		.client_id = audience,
	};
	return NULL;
}
