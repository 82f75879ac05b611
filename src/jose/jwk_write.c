/* SPDX-License-Identifier: Apache-2.0 */

/* Keys as JSON text, and their thumbprints (RFC 7638). */

#include <assert.h>
#include <stdlib.h>

#include "base/base64.h"
#include "jose/alg.h"
#include "jose/jwe.h"
#include "jose/jwk_key.h"
#include "json/json_writer.h"

enum { JSON_GUESS = 2048 };

/* A key that we hold has what it has: anything else is a bug. */
static void must(bool worked)
{
	if (!worked)
		abort();
}

static void put_bytes(struct json_writer *w, const char *name, const void *p, size_t n)
{
	json_put_str(w, name, base64url_encode(w->buf->arena, p, n));
}

/* `size` 0 is the shortest spelling. */
static void put_number(struct json_writer *w, const struct jwk *jwk, const char *name,
	const char *param, size_t size)
{
	unsigned char bytes[RSA_BYTES_MAX];
	auto_bn *number = NULL;

	must(EVP_PKEY_get_bn_param(jwk->pkey, param, &number) == 1);
	if (size == 0)
		size = (size_t)BN_num_bytes(number);
	must(size <= sizeof(bytes) && BN_bn2binpad(number, bytes, (int)size) == (int)size);
	put_bytes(w, name, bytes, size);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

static void put_ed25519(struct json_writer *w, const char *name, const struct jwk *jwk,
	int (*get)(const EVP_PKEY *, unsigned char *, size_t *))
{
	unsigned char bytes[ED25519_KEY];
	size_t n = sizeof(bytes);

	must(get(jwk->pkey, bytes, &n) == 1 && n == sizeof(bytes));
	put_bytes(w, name, bytes, n);
	OPENSSL_cleanse(bytes, sizeof(bytes));
}

/* Required members in lexicographic order, as RFC 7638, 3.2 wants them hashed. */
static void put_public(struct json_writer *w, const struct jwk *jwk)
{
	const struct jwk_curve *curve = jwk_curve(jwk->kind);

	assert(jwk->kind != JWK_OCT);
	switch (jwk->kind) {
	case JWK_RSA:
		put_number(w, jwk, "e", OSSL_PKEY_PARAM_RSA_E, 0);
		json_put_str(w, "kty", S("RSA"));
		put_number(w, jwk, "n", OSSL_PKEY_PARAM_RSA_N, 0);
		break;
	case JWK_P256:
	case JWK_P384:
	case JWK_P521:
		json_put_str(w, "crv", str_from(curve->crv));
		json_put_str(w, "kty", S("EC"));
		put_number(w, jwk, "x", OSSL_PKEY_PARAM_EC_PUB_X, curve->size);
		put_number(w, jwk, "y", OSSL_PKEY_PARAM_EC_PUB_Y, curve->size);
		break;
	case JWK_ED25519:
		json_put_str(w, "crv", str_from(curve->crv));
		json_put_str(w, "kty", S("OKP"));
		put_ed25519(w, "x", jwk, EVP_PKEY_get_raw_public_key);
		break;
	case JWK_OCT:
	case JWK_KINDS:
		break;
	}
}

static void put_private(struct json_writer *w, const struct jwk *jwk)
{
	switch (jwk->kind) {
	case JWK_RSA:
		put_number(w, jwk, "d", OSSL_PKEY_PARAM_RSA_D, 0);
		put_number(w, jwk, "p", OSSL_PKEY_PARAM_RSA_FACTOR1, 0);
		put_number(w, jwk, "q", OSSL_PKEY_PARAM_RSA_FACTOR2, 0);
		put_number(w, jwk, "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1, 0);
		put_number(w, jwk, "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2, 0);
		put_number(w, jwk, "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1, 0);
		break;
	case JWK_P256:
	case JWK_P384:
	case JWK_P521:
		put_number(w, jwk, "d", OSSL_PKEY_PARAM_PRIV_KEY, jwk_curve(jwk->kind)->size);
		break;
	case JWK_ED25519:
		put_ed25519(w, "d", jwk, EVP_PKEY_get_raw_private_key);
		break;
	case JWK_OCT:
	case JWK_KINDS:
		break;
	}
}

struct str jwk_write_members(const struct jwk *jwk, struct arena *a)
{
	struct buf buf = buf_new(a, JSON_GUESS);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	put_public(&w, jwk);
	json_end_map(&w);
	return buf_str(&buf);
}

struct str jwk_thumbprint(const struct jwk *jwk, struct arena *a)
{
	return sha256_base64url(a, jwk_write_members(jwk, a));
}

struct str jwk_write_encryption(const struct jwk *jwk, struct arena *a, struct str kid)
{
	struct buf buf = buf_new(a, JSON_GUESS);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	put_public(&w, jwk);
	json_put_opt(&w, "kid", kid);
	json_put_str(&w, "use", S("enc"));
	json_end_map(&w);
	return buf_str(&buf);
}

struct str jwk_write_public(
	const struct jwk *jwk, struct arena *a, struct str kid, enum jws_alg alg)
{
	struct buf buf = buf_new(a, JSON_GUESS);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	put_public(&w, jwk);
	json_put_opt(&w, "kid", kid);
	json_put_str(&w, "use", S("sig"));
	json_put_opt(&w, "alg", str_from(jws_alg_name(alg)));
	json_end_map(&w);
	return buf_str(&buf);
}

struct str jwk_write_private(const struct jwk *jwk, struct arena *a)
{
	struct buf buf = buf_new(a, JSON_GUESS);
	struct json_writer w = json_writer_on(&buf);

	assert(jwk->is_private);
	json_begin_map(&w);
	if (jwk->kind == JWK_OCT) {
		json_put_str(&w, "kty", S("oct"));
		put_bytes(&w, "k", jwk->secret, jwk->secret_n);
	} else {
		put_public(&w, jwk);
		put_private(&w, jwk);
	}
	json_end_map(&w);
	return buf_str(&buf);
}
