/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/access_token.h"
#include "oidc/custom_claims.h"

#include "base/random.h"
#include "jose/jwt.h"
#include "oidc/pack.h"
#include "store/revoked_token.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum {
	OPAQUE_LIFETIME = 86400,
	OPAQUE_LIFETIME_FOR_WEB = 7200,
	ID_BYTES = 16,
	ID_TEXT = 22, /* ID_BYTES in base64url */
};

/* What is sealed as SEAL_ACCESS_TOKEN begins with one of these. */
static const char version = 2;
static const char user_version = 'u';

struct making {
	const struct access_token_request *rq;
	struct str jti;
	int64_t lifetime;
};

static int64_t lifetime_of(const struct access_token_request *rq)
{
	if (rq->api == NULL)
		return rq->for_web ? OPAQUE_LIFETIME_FOR_WEB : OPAQUE_LIFETIME;
	return rq->for_web ? rq->api->token_lifetime_for_web : rq->api->token_lifetime;
}

static struct str make_jti(const struct access_token_request *rq, struct arena *a)
{
	struct str handle = rq->handle.n > 0 ? rq->handle : random_token(a, ID_BYTES);
	struct str random = random_token(a, ID_BYTES);

	return arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(handle), STR_ARG(random));
}

/* With openid the token is good at /userinfo too, and says so. */
static void write_audience(struct json_writer *w, const struct access_token_request *rq)
{
	struct buf userinfo;

	if (!str_has_word(rq->scope, S("openid"))) {
		json_put_str(w, "aud", rq->api->identifier);
		return;
	}
	userinfo = buf_new(w->buf->arena, rq->issuer.n + 16);
	buf_add(&userinfo, rq->issuer);
	buf_add(&userinfo, S("userinfo"));
	json_key(w, "aud");
	json_begin_list(w);
	json_str(w, rq->api->identifier);
	json_str(w, buf_str(&userinfo));
	json_end_list(w);
}

/* Whose it is, for us: a pairwise sub cannot be turned back. */
static void write_user(struct json_writer *w, const struct access_token_request *rq)
{
	struct arena *a = w->buf->arena;
	struct buf plain;

	if (!rq->client->pairwise)
		return;
	plain = buf_new(a, rq->subject.n + 1);
	buf_addc(&plain, user_version);
	buf_add(&plain, rq->subject);
	json_put_str(
		w, "usr", seal_close(rq->tenant->seal, a, SEAL_ACCESS_TOKEN, buf_str(&plain)));
}

static struct str write_claims(const struct making *m, struct arena *a)
{
	const struct access_token_request *rq = m->rq;
	struct buf text = buf_new(a, 768);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "iss", rq->issuer);
	json_put_str(&w, "sub", subject_for(rq->tenant, rq->client, a, rq->subject));
	write_audience(&w, rq);
	json_put_int(&w, "iat", rq->now);
	json_put_int(&w, "exp", rq->now + m->lifetime);
	json_put_str(&w, rq->api->rfc9068 ? "client_id" : "azp", rq->client->client_id);
	json_put_opt(&w, "scope", rq->scope);
	json_put_str(&w, "jti", m->jti);
	json_put_opt(&w, "sid", rq->sid);
	if (rq->gty != NULL)
		json_put_str(&w, "gty", str_from(rq->gty));
	if (rq->api->rfc9068 && rq->auth_time > 0)
		json_put_int(&w, "auth_time", rq->auth_time);
	confirmation_write(&w, &rq->confirmation);
	write_user(&w, rq);
	custom_claims_write(&w, rq->custom);
	json_end_map(&w);
	return buf_str(&text);
}

static enum err sign(const struct access_token_request *rq, struct arena *a, struct str claims,
	struct str *ret)
{
	struct str typ = rq->api->rfc9068 ? S("at+jwt") : S("JWT");
	struct jwk *secret;
	enum err err;

	if (rq->api->signing_alg != JWS_HS256)
		return keyring_sign(
			rq->tenant->keys, rq->api->signing_alg, typ, a, claims, ret);
	if (rq->api->signing_secret.n == 0)
		return ERR_NOT_FOUND;
	secret = jwk_from_secret(rq->api->signing_secret);
	err = jws_sign(secret, JWS_HS256, typ, S(""), a, claims, ret);
	jwk_unref(secret);
	return err;
}

static struct str seal_opaque(const struct making *m, struct arena *a)
{
	const struct access_token_request *rq = m->rq;
	struct buf plain = buf_new(a, 384);

	buf_addc(&plain, version);
	pack_int(&plain, rq->now);
	pack_int(&plain, rq->now + m->lifetime);
	pack_str(&plain, rq->client->client_id);
	pack_str(&plain, rq->subject);
	pack_str(&plain, rq->sid);
	pack_str(&plain, rq->scope);
	pack_str(&plain, rq->issuer);
	pack_str(&plain, m->jti);
	pack_str(&plain, rq->claims);
	pack_int(&plain, (int64_t)rq->confirmation.method);
	pack_str(&plain, rq->confirmation.thumbprint);
	return seal_close(rq->tenant->seal, a, SEAL_ACCESS_TOKEN, buf_str(&plain));
}

enum err access_token_make(
	const struct access_token_request *rq, struct arena *a, struct access_token *ret)
{
	struct making m = { rq, make_jti(rq, a), lifetime_of(rq) };
	struct str type = confirmation_token_type(&rq->confirmation);
	struct str token;
	enum err err;

	if (rq->api == NULL) {
		*ret = (struct access_token){ seal_opaque(&m, a), m.lifetime, type };
		return OK;
	}
	err = sign(rq, a, write_claims(&m, a), &token);
	if (err != OK)
		return err;
	*ret = (struct access_token){ token, m.lifetime, type };
	return OK;
}

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
	if (plain.n == 0 || plain.p[0] != version)
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
	if (!unpack_end(&u) || !jti_splits(f.jti, &f.handle))
		return ERR_INVALID;
	*ret = f;
	return OK;
}

static const struct resource_server *api_of(const struct tenant *t, const struct json *claims)
{
	const struct json *aud = json_get(claims, "aud");

	if (aud != NULL && aud->type == JSON_LIST)
		aud = aud->first;
	if (aud == NULL || aud->type != JSON_STR)
		return NULL;
	return tenant_resource_server(t, aud->str);
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
		plain.p[0] != user_version)
		return ERR_INVALID;
	*ret = str_after(plain, 1);
	return OK;
}

static enum err read_claims(const struct tenant *t, struct arena *a, const struct json *claims,
	struct access_token_facts *ret)
{
	const struct resource_server *api = api_of(t, claims);
	struct access_token_facts f = {
		.client_id = json_get_str(claims, "azp"),
		.sid = json_get_str(claims, "sid"),
		.scope = json_get_str(claims, "scope"),
		.issuer = json_get_str(claims, "iss"),
		.jti = json_get_str(claims, "jti"),
		.confirmation = confirmation_read(claims),
		.issued_at = json_get_int(claims, "iat", 0),
		.expires_at = json_get_int(claims, "exp", 0),
	};

	if (f.client_id.n == 0)
		f.client_id = json_get_str(claims, "client_id");
	if (read_user(t, a, claims, &f.subject) != OK || api == NULL || f.client_id.n == 0 ||
		f.subject.n == 0 || !jti_splits(f.jti, &f.handle))
		return ERR_INVALID;
	f.audience = api->identifier;
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
	if (now >= f.expires_at)
		return ERR_NOT_FOUND;
	err = revoked_token_find(conn, f.jti, f.handle);
	if (err == OK)
		return ERR_NOT_FOUND;
	if (err != ERR_NOT_FOUND)
		return err;
	*ret = f;
	return OK;
}
