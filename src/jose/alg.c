/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/alg.h"

#include <pthread.h>
#include <stdlib.h>

/* clang-format off */
static const struct alg algs[] = {
	[JWS_NONE]    = { .name = "none" },
	[JWS_RS256]   = { "RS256", ALG_RSA_PKCS1, JWK_RSA, SHA256_SIZE, sha256_into, NULL },
	[JWS_RS384]   = { "RS384", ALG_RSA_PKCS1, JWK_RSA, SHA384_SIZE, sha384_into, NULL },
	[JWS_RS512]   = { "RS512", ALG_RSA_PKCS1, JWK_RSA, SHA512_SIZE, sha512_into, NULL },
	[JWS_PS256]   = { "PS256", ALG_RSA_PSS, JWK_RSA, SHA256_SIZE, sha256_into, NULL },
	[JWS_PS384]   = { "PS384", ALG_RSA_PSS, JWK_RSA, SHA384_SIZE, sha384_into, NULL },
	[JWS_PS512]   = { "PS512", ALG_RSA_PSS, JWK_RSA, SHA512_SIZE, sha512_into, NULL },
	[JWS_ES256]   = { "ES256", ALG_ECDSA, JWK_P256, SHA256_SIZE, sha256_into, NULL },
	[JWS_ES384]   = { "ES384", ALG_ECDSA, JWK_P384, SHA384_SIZE, sha384_into, NULL },
	[JWS_ES512]   = { "ES512", ALG_ECDSA, JWK_P521, SHA512_SIZE, sha512_into, NULL },
	[JWS_EDDSA]   = { "EdDSA", ALG_EDDSA, JWK_ED25519, 0, NULL, NULL },
	[JWS_HS256]   = { "HS256", ALG_HMAC, JWK_OCT, SHA256_SIZE, NULL, hmac_sha256_into },
	[JWS_HS384]   = { "HS384", ALG_HMAC, JWK_OCT, SHA384_SIZE, NULL, hmac_sha384_into },
	[JWS_HS512]   = { "HS512", ALG_HMAC, JWK_OCT, SHA512_SIZE, NULL, hmac_sha512_into },
	[JWS_UNKNOWN] = { .name = "" },
};
/* clang-format on */

static EVP_MD *md256;
static EVP_MD *md384;
static EVP_MD *md512;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	md256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	md384 = EVP_MD_fetch(NULL, "SHA384", NULL);
	md512 = EVP_MD_fetch(NULL, "SHA512", NULL);
	if (md256 == NULL || md384 == NULL || md512 == NULL)
		abort();
}

const struct alg *alg_of(enum jws_alg alg)
{
	return &algs[(unsigned)alg < JWS_UNKNOWN ? alg : JWS_UNKNOWN];
}

const EVP_MD *alg_md(enum jws_alg alg)
{
	pthread_once(&once, fetch);
	switch (alg_of(alg)->digest_size) {
	case SHA256_SIZE:
		return md256;
	case SHA384_SIZE:
		return md384;
	case SHA512_SIZE:
		return md512;
	default:
		return NULL;
	}
}

const char *jws_alg_name(enum jws_alg alg)
{
	return alg_of(alg)->name;
}

enum jws_alg jws_alg_from(struct str name)
{
	for (enum jws_alg i = JWS_NONE; i < JWS_UNKNOWN; i++) {
		if (str_is(name, algs[i].name))
			return i;
	}
	return JWS_UNKNOWN;
}
