/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/access_token.h"

#include "base/random.h"
#include "oidc/pack.h"
#include "oidc/token/access_token_parts.h"
#include "oidc/token/custom_claims.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum {
	OPAQUE_LIFETIME = 86400,
	OPAQUE_LIFETIME_FOR_WEB = 7200,
	ID_BYTES = 16,
};

struct making {
	const struct access_token_request *rq;
	struct str jti;
	int64_t lifetime;
};

static int64_t usual_lifetime(const struct access_token_request *rq)
{
	if (rq->api == NULL)
		return rq->for_web ? OPAQUE_LIFETIME_FOR_WEB : OPAQUE_LIFETIME;
	return rq->for_web ? rq->api->token_lifetime_for_web : rq->api->token_lifetime;
}

static int64_t lifetime_of(const struct access_token_request *rq)
{
	int64_t usual = usual_lifetime(rq);
	int64_t left = rq->not_after - rq->now;

	return rq->not_after > 0 && left < usual ? left : usual;
}

static struct str make_jti(const struct access_token_request *rq, struct arena *a)
{
	struct str handle = rq->handle.n > 0 ? rq->handle : random_token(a, ID_BYTES);
	struct str random = random_token(a, ID_BYTES);

	return arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(handle), STR_ARG(random));
}

/* With openid the token is good at /userinfo too, and says so. One is no list. */
static void write_audience(struct json_writer *w, const struct access_token_request *rq)
{
	struct str userinfo =
		arena_printf(w->buf->arena, STR_FMT "userinfo", STR_ARG(rq->issuer));
	bool for_us = str_has_word(rq->scope, S("openid"));
	const struct str_list *parts = &rq->api->parts;

	if (!for_us && parts->count == 0) {
		json_put_str(w, "aud", rq->api->identifier);
		return;
	}
	json_key(w, "aud");
	json_begin_list(w);
	if (parts->count == 0)
		json_str(w, rq->api->identifier);
	for (size_t i = 0; i < parts->count; i++)
		json_str(w, parts->list[i]);
	if (for_us)
		json_str(w, userinfo);
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
	buf_addc(&plain, ACCESS_TOKEN_USER);
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
	if (rq->act.n > 0)
		json_put_raw(&w, "act", rq->act);
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

	buf_addc(&plain, ACCESS_TOKEN_VERSION);
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
	pack_str(&plain, rq->api != NULL ? rq->api->identifier : S(""));
	pack_str(&plain, rq->act);
	pack_str(&plain, rq->api != NULL ? rq->custom : S(""));
	return seal_close(rq->tenant->seal, a, SEAL_ACCESS_TOKEN, buf_str(&plain));
}

enum err access_token_make(
	const struct access_token_request *rq, struct arena *a, struct access_token *ret)
{
	struct making m = { rq, make_jti(rq, a), lifetime_of(rq) };
	struct str type = confirmation_token_type(&rq->confirmation);
	struct str token;
	enum err err;

	if (rq->api == NULL || rq->api->opaque) {
		*ret = (struct access_token){ seal_opaque(&m, a), m.lifetime, type };
		return OK;
	}
	err = sign(rq, a, write_claims(&m, a), &token);
	if (err != OK)
		return err;
	*ret = (struct access_token){ token, m.lifetime, type };
	return OK;
}
