/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "jose/alg.h"
#include "jose/jwk_key.h"
#include "jose/jwk_rsa.h"
#include "jose/key_context.h"

static const struct jwk_curve curves[JWK_KINDS] = {
	[JWK_P256] = { "P-256", "prime256v1", 32 },
	[JWK_P384] = { "P-384", "secp384r1", 48 },
	[JWK_P521] = { "P-521", "secp521r1", 66 },
	[JWK_ED25519] = { "Ed25519", "ED25519", 0 },
};

const struct jwk_curve *jwk_curve(enum jwk_kind kind)
{
	assert((unsigned)kind < JWK_KINDS);
	return &curves[kind];
}

static struct jwk *key_new(enum jwk_kind kind, bool is_private)
{
	static atomic_uint_fast64_t last_id;
	struct jwk *jwk = calloc(1, sizeof(*jwk));
	struct jwk_life *life = calloc(1, sizeof(*life));

	if (jwk == NULL || life == NULL)
		abort();
	atomic_init(&life->refs, 1);
	jwk->life = life;
	jwk->id = atomic_fetch_add_explicit(&last_id, 1, memory_order_relaxed) + 1;
	jwk->kind = kind;
	jwk->is_private = is_private;
	return jwk;
}

static bool ec_kind(const EVP_PKEY *pkey, enum jwk_kind *ret)
{
	char group[32];

	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), NULL) != 1)
		return false;
	for (enum jwk_kind kind = JWK_P256; kind <= JWK_P521; kind++) {
		if (strcmp(group, curves[kind].group) != 0)
			continue;
		*ret = kind;
		return true;
	}
	return false;
}

/* For a private key: that the public half belongs to it, too. */
static bool ec_is_sound(EVP_PKEY *pkey, bool is_private)
{
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);

	if (ctx == NULL)
		return false;
	return (is_private ? EVP_PKEY_check(ctx) : EVP_PKEY_public_check_quick(ctx)) == 1;
}

static bool kind_of(EVP_PKEY *pkey, bool is_private, enum jwk_kind *ret)
{
	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*ret = JWK_RSA;
		return rsa_is_sound(pkey);
	}
	if (EVP_PKEY_is_a(pkey, "EC"))
		return ec_kind(pkey, ret) && ec_is_sound(pkey, is_private);
	*ret = JWK_ED25519;
	return EVP_PKEY_is_a(pkey, "ED25519");
}

enum err jwk_adopt(EVP_PKEY *pkey, bool is_private, struct jwk **ret)
{
	enum jwk_kind kind;

	if (!kind_of(pkey, is_private, &kind)) {
		ERR_clear_error();
		return ERR_INVALID;
	}
	if (EVP_PKEY_up_ref(pkey) != 1)
		return ERR_CRYPTO;
	*ret = key_new(kind, is_private);
	(*ret)->pkey = pkey;
	return OK;
}

struct jwk *jwk_from_bytes(const void *secret, size_t n)
{
	struct jwk *jwk = key_new(JWK_OCT, true);

	jwk->secret = malloc(n > 0 ? n : 1);
	if (jwk->secret == NULL)
		abort();
	if (n > 0)
		memcpy(jwk->secret, secret, n);
	jwk->secret_n = n;
	return jwk;
}

struct jwk *jwk_from_secret(struct str secret)
{
	return jwk_from_bytes(secret.p, secret.n);
}

enum err jwk_generate(enum jws_alg alg, struct jwk **ret)
{
	const struct alg *info = alg_of(alg);
	auto_pkey *pkey = NULL;

	switch (info->family) {
	case ALG_RSA_PKCS1:
	case ALG_RSA_PSS:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)RSA_BITS_MIN);
		break;
	case ALG_ECDSA:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[info->kind].group);
		break;
	case ALG_EDDSA:
		pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
		break;
	case ALG_HMAC:
	case ALG_NO_FAMILY:
		return ERR_INVALID;
	}
	if (pkey == NULL)
		return ERR_CRYPTO;
	return jwk_adopt(pkey, true, ret);
}

struct jwk *jwk_ref(struct jwk *jwk)
{
	atomic_fetch_add_explicit(&jwk->life->refs, 1, memory_order_relaxed);
	return jwk;
}

void jwk_unref(struct jwk *jwk)
{
	if (jwk == NULL)
		return;
	if (atomic_fetch_sub_explicit(&jwk->life->refs, 1, memory_order_acq_rel) != 1)
		return;
	if (atomic_load_explicit(&jwk->life->cached, memory_order_relaxed))
		key_context_forget_dead();
	EVP_PKEY_free(jwk->pkey);
	if (jwk->secret != NULL)
		OPENSSL_cleanse(jwk->secret, jwk->secret_n);
	free(jwk->secret);
	free(jwk->life);
	free(jwk);
}

bool jwk_is_private(const struct jwk *jwk)
{
	return jwk->is_private;
}

/* RFC 7518, 3.2: a key for HMAC is as long as its output, at least. */
bool jwk_fits(const struct jwk *jwk, enum jws_alg alg)
{
	const struct alg *info = alg_of(alg);

	if (info->family == ALG_NO_FAMILY || info->kind != jwk->kind)
		return false;
	return info->family != ALG_HMAC || jwk->secret_n >= info->digest_size;
}
