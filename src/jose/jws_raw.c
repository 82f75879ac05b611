/* SPDX-License-Identifier: Apache-2.0 */

/* Signatures over bytes: RFC 7518, section 3, and RFC 8037, section 3.1. */

#include <assert.h>
#include <string.h>

#include "jose/alg.h"
#include "jose/jws.h"
#include "jose/key_context.h"

enum { DIGEST_MAX = SHA512_SIZE, DER_MAX = 2 * COORDINATE_MAX + 16 };

#define auto_context __attribute__((cleanup(key_context_end))) struct key_context

/* ECDSA's DER becomes r || s, each as long as the group's order (RFC 7518, 3.4). */
static enum err raw_from_der(
	const unsigned char *der, size_t n, size_t size, struct arena *a, struct str *ret)
{
	auto_ecdsa_sig *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	unsigned char *out = arena_alloc(a, 2 * size);

	if (sig == NULL || BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)size) < 0 ||
		BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + size, (int)size) < 0)
		return ERR_CRYPTO;
	*ret = (struct str){ (const char *)out, 2 * size };
	return OK;
}

static size_t der_from_raw(struct str raw, unsigned char der[DER_MAX])
{
	const unsigned char *in = (const unsigned char *)raw.p;
	auto_ecdsa_sig *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(in, (int)raw.n / 2, NULL);
	BIGNUM *s = BN_bin2bn(in + raw.n / 2, (int)raw.n / 2, NULL);
	int n;

	if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return 0;
	}
	assert(i2d_ECDSA_SIG(sig, NULL) <= DER_MAX);
	n = i2d_ECDSA_SIG(sig, &der);
	return n > 0 ? (size_t)n : 0;
}

static enum err sign_ecdsa(struct key_context *c, const struct alg *alg, struct arena *a,
	const unsigned char *digest, struct str *ret)
{
	unsigned char der[DER_MAX];
	size_t n = sizeof(der);

	if (EVP_PKEY_sign(c->ctx, der, &n, digest, alg->digest_size) != 1)
		return ERR_CRYPTO;
	return raw_from_der(der, n, jwk_curve(alg->kind)->size, a, ret);
}

static enum err sign_rsa(struct key_context *c, const struct alg *alg, struct arena *a,
	const unsigned char *digest, struct str *ret)
{
	size_t n = (size_t)EVP_PKEY_get_size(c->pkey);
	unsigned char *out = arena_alloc(a, n);

	if (EVP_PKEY_sign(c->ctx, out, &n, digest, alg->digest_size) != 1)
		return ERR_CRYPTO;
	*ret = (struct str){ (const char *)out, n };
	return OK;
}

/* The same context again and again: OpenSSL wants to be told that a new message begins. */
static enum err sign_eddsa(
	struct key_context *c, struct arena *a, struct str input, struct str *ret)
{
	const unsigned char *in = (const unsigned char *)input.p;
	unsigned char *out = arena_alloc(a, ED25519_SIGNATURE);
	size_t n = ED25519_SIGNATURE;

	if (EVP_DigestSignInit(c->md, NULL, NULL, NULL, NULL) != 1 ||
		EVP_DigestSign(c->md, out, &n, in, input.n) != 1)
		return ERR_CRYPTO;
	*ret = (struct str){ (const char *)out, n };
	return OK;
}

static enum err sign_hmac(const struct jwk *jwk, const struct alg *alg, struct arena *a,
	struct str input, struct str *ret)
{
	unsigned char *out = arena_alloc(a, alg->digest_size);

	alg->hmac((struct str){ (const char *)jwk->secret, jwk->secret_n }, input, out);
	*ret = (struct str){ (const char *)out, alg->digest_size };
	return OK;
}

static enum err sign_with(struct key_context *c, const struct alg *alg, struct arena *a,
	struct str input, struct str *ret)
{
	unsigned char digest[DIGEST_MAX];

	if (alg->family == ALG_EDDSA)
		return sign_eddsa(c, a, input, ret);
	alg->digest(input, digest);
	return (alg->family == ALG_ECDSA ? sign_ecdsa : sign_rsa)(c, alg, a, digest, ret);
}

enum err jws_sign_raw(const struct jwk *jwk, enum jws_alg alg, struct arena *a,
	struct str input, struct str *ret)
{
	const struct alg *info = alg_of(alg);
	auto_context once = { 0 };
	struct key_context *c;
	enum err err;

	if (!jwk_fits(jwk, alg) || !jwk->is_private)
		return ERR_INVALID;
	if (info->family == ALG_HMAC)
		return sign_hmac(jwk, info, a, input, ret);
	err = key_context_get(jwk, alg, KEY_SIGNS, &once, &c);
	if (err != OK)
		return err;
	err = sign_with(c, info, a, input, ret);
	if (err != OK)
		ERR_clear_error();
	return err;
}

size_t jws_signature_size(const struct jwk *jwk, enum jws_alg alg)
{
	const struct alg *info = alg_of(alg);

	if (!jwk_fits(jwk, alg))
		return 0;
	switch (info->family) {
	case ALG_EDDSA:
		return ED25519_SIGNATURE;
	case ALG_ECDSA:
		return 2 * jwk_curve(info->kind)->size;
	case ALG_RSA_PKCS1:
	case ALG_RSA_PSS:
		return (size_t)EVP_PKEY_get_size(jwk->pkey);
	default:
		return 0;
	}
}

static bool verify_hmac(
	const struct jwk *jwk, const struct alg *alg, struct str input, struct str signature)
{
	unsigned char out[DIGEST_MAX];

	alg->hmac((struct str){ (const char *)jwk->secret, jwk->secret_n }, input, out);
	return equal_in_constant_time(
		(struct str){ (const char *)out, alg->digest_size }, signature);
}

static bool verify_eddsa(struct key_context *c, struct str input, struct str signature)
{
	if (signature.n != ED25519_SIGNATURE)
		return false;
	return EVP_DigestVerifyInit(c->md, NULL, NULL, NULL, NULL) == 1 &&
	       EVP_DigestVerify(c->md, (const unsigned char *)signature.p, signature.n,
		       (const unsigned char *)input.p, input.n) == 1;
}

static bool verify_ecdsa(struct key_context *c, const struct alg *alg,
	const unsigned char *digest, struct str signature)
{
	unsigned char der[DER_MAX];
	size_t n;

	if (signature.n != 2 * jwk_curve(alg->kind)->size)
		return false;
	n = der_from_raw(signature, der);
	return n > 0 && EVP_PKEY_verify(c->ctx, der, n, digest, alg->digest_size) == 1;
}

static bool verify_rsa(struct key_context *c, const struct alg *alg,
	const unsigned char *digest, struct str signature)
{
	return signature.n == (size_t)EVP_PKEY_get_size(c->pkey) &&
	       EVP_PKEY_verify(c->ctx, (const unsigned char *)signature.p, signature.n, digest,
		       alg->digest_size) == 1;
}

static bool verify_with(
	struct key_context *c, const struct alg *alg, struct str input, struct str signature)
{
	unsigned char digest[DIGEST_MAX];

	if (alg->family == ALG_EDDSA)
		return verify_eddsa(c, input, signature);
	alg->digest(input, digest);
	return (alg->family == ALG_ECDSA ? verify_ecdsa : verify_rsa)(
		c, alg, digest, signature);
}

enum err jws_verify_raw(
	const struct jwk *jwk, enum jws_alg alg, struct str input, struct str signature)
{
	const struct alg *info = alg_of(alg);
	auto_context once = { 0 };
	struct key_context *c;
	bool fits;

	if (!jwk_fits(jwk, alg))
		return ERR_INVALID;
	if (info->family == ALG_HMAC) {
		fits = verify_hmac(jwk, info, input, signature);
	} else {
		if (key_context_get(jwk, alg, KEY_VERIFIES, &once, &c) != OK)
			return ERR_INVALID;
		fits = verify_with(c, info, input, signature);
		ERR_clear_error();
	}
	return fits ? OK : ERR_INVALID;
}
