/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/access_token.h"

#include "jose/jwt.h"
#include "oidc/pack.h"
#include "oidc/token/access_token_parts.h"
#include "store/revoked_token.h"
#include "tenant/audience.h"
#include "json/json_writer.h"

enum { ID_TEXT = 22 /* 16 bytes in base64url */ };

/* "HANDLE.random", by which an access token differs from all other JWTs that we sign. */
static bool jti_splits(struct str jti, struct str *ret_handle)
{
	if (jti.n != 2 * ID_TEXT + 1 || jti.p[ID_TEXT] != '.')
		return false;
	*ret_handle = str_first(jti, ID_TEXT);
	return true;
}

static enum err open_opaque(const struct tenant *t, struct arena *a, struct str token,
	struct access_token_facts *ret)
{
	struct access_token_facts f = { 0 };
	struct str plain;
	struct unpack u;
	enum err err;

	err = seal_open(t->seal, a, SEAL_ACCESS_TOKEN, token, &plain);
	if (err != OK)
		return err;
	if (plain.n == 0 || plain.p[0] != ACCESS_TOKEN_VERSION)
		return ERR_INVALID;
	u = (struct unpack){ .rest = str_after(plain, 1) };
	f.issued_at = unpack_int(&u);
	f.expires_at = unpack_int(&u);
	f.client_id = unpack_str(&u);
	f.subject = unpack_str(&u);
	f.sid = unpack_str(&u);
	f.scope = unpack_str(&u);
	f.issuer = unpack_str(&u);
	f.jti = unpack_str(&u);
	f.claims = unpack_str(&u);
	f.confirmation.method = (enum confirmation_method)unpack_int(&u);
	f.confirmation.thumbprint = unpack_str(&u);
	f.audience = unpack_str(&u);
	f.act = unpack_str(&u);
	f.custom = unpack_str(&u);
	if (!unpack_end(&u) || !jti_splits(f.jti, &f.handle))
		return ERR_INVALID;
	if (f.audience.n > 0 && tenant_audience(t, a, f.audience) == NULL)
		return ERR_INVALID;
	*ret = f;
	return OK;
}

/* The APIs of ours that it is for, joined as tenant/audience.h does; empty: none. */
static struct str audience_of(
	const struct tenant *t, struct arena *a, const struct json *claims)
{
	const struct json *aud = json_get(claims, "aud");
	struct buf b = buf_new(a, 64);

	if (aud != NULL && aud->type == JSON_STR)
		return tenant_resource_server(t, aud->str) != NULL ? aud->str : S("");
	if (aud == NULL || aud->type != JSON_LIST)
		return S("");
	json_each(item, aud)
	{
		if (item->type != JSON_STR || tenant_resource_server(t, item->str) == NULL)
			continue;
		if (b.n > 0)
			buf_addc(&b, ' ');
		buf_add(&b, item->str);
	}
	return buf_str(&b);
}

/*
 * Only with keys that nobody else holds: an API that shares an HS256 secret with us could
 * make tokens in the name of anybody, so its tokens open nothing here.
 */
static enum err verify(const struct tenant *t, const struct jws *jws)
{
	const struct jwk *key;
	enum jws_alg alg;

	if (!str_is(jws->typ, "JWT") && !str_is(jws->typ, "at+jwt"))
		return ERR_INVALID;
	key = keyring_find(t->keys, jws->kid, &alg);
	if (key == NULL)
		return ERR_INVALID;
	return jws_verify(jws, key, alg);
}

/* The user_id; a token that does not carry it names it as its subject. */
static enum err read_user(
	const struct tenant *t, struct arena *a, const struct json *claims, struct str *ret)
{
	struct str sealed = json_get_str(claims, "usr");
	struct str plain;

	if (sealed.n == 0) {
		*ret = json_get_str(claims, "sub");
		return OK;
	}
	if (seal_open(t->seal, a, SEAL_ACCESS_TOKEN, sealed, &plain) != OK || plain.n < 2 ||
		plain.p[0] != ACCESS_TOKEN_USER)
		return ERR_INVALID;
	*ret = str_after(plain, 1);
	return OK;
}

static enum err read_claims(const struct tenant *t, struct arena *a, const struct json *claims,
	struct access_token_facts *ret)
{
	struct access_token_facts f = {
		.audience = audience_of(t, a, claims),
		.client_id = json_get_str(claims, "azp"),
		.sid = json_get_str(claims, "sid"),
		.scope = json_get_str(claims, "scope"),
		.issuer = json_get_str(claims, "iss"),
		.jti = json_get_str(claims, "jti"),
		.confirmation = confirmation_read(claims),
		.act = json_text(a, json_get_map(claims, "act")),
		.may_act = json_text(a, json_get_map(claims, "may_act")),
		.issued_at = json_get_int(claims, "iat", 0),
		.expires_at = json_get_int(claims, "exp", 0),
	};

	if (f.client_id.n == 0)
		f.client_id = json_get_str(claims, "client_id");
	if (read_user(t, a, claims, &f.subject) != OK || f.audience.n == 0 ||
		f.client_id.n == 0 || f.subject.n == 0 || !jti_splits(f.jti, &f.handle))
		return ERR_INVALID;
	*ret = f;
	return OK;
}

static enum err open_jwt(const struct tenant *t, struct arena *a, struct str token,
	struct access_token_facts *ret)
{
	const struct json *claims;
	struct jws jws;
	enum err err;

	err = jws_parse(a, token, &jws);
	if (err != OK)
		return err;
	err = jwt_claims(a, &jws, &claims);
	if (err != OK)
		return err;
	err = verify(t, &jws);
	if (err != OK)
		return err;
	return read_claims(t, a, claims, ret);
}

/* What its API allows now counts too: who revokes one keeps that in mind for as long. */
static bool is_over(const struct tenant *t, const struct access_token_facts *f, int64_t now)
{
	return now >= f->expires_at ||
	       now >= f->issued_at + audience_longest_life(t, f->audience);
}

enum err access_token_open(const struct tenant *t, struct db_conn *conn, struct arena *a,
	struct str token, int64_t now, struct access_token_facts *ret)
{
	struct access_token_facts f;
	enum err err;

	if (str_index(token, '.') >= 0)
		err = open_jwt(t, a, token, &f);
	else
		err = open_opaque(t, a, token, &f);
	if (err != OK)
		return err;
	if (tenant_issuer_by_url(t, f.issuer) == NULL)
		return ERR_INVALID;
	if (is_over(t, &f, now))
		return ERR_NOT_FOUND;
	err = revoked_token_find(conn, f.jti, f.handle);
	if (err == OK)
		return ERR_NOT_FOUND;
	if (err != ERR_NOT_FOUND)
		return err;
	*ret = f;
	return OK;
}
