/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/cose.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

#include <openssl/x509.h>

#include "jose/jwk_rsa.h"
#include "jose/openssl.h"

FREES_ITSELF(x509, X509, X509_free)
FREES_ITSELF(md_ctx, EVP_MD_CTX, EVP_MD_CTX_free)
#define auto_x509   __attribute__((cleanup(x509_done))) X509
#define auto_md_ctx __attribute__((cleanup(md_ctx_done))) EVP_MD_CTX

enum { COORDINATE_MAX = 66 };

/* A kind, and how OpenSSL spells it. */
struct row {
	struct cose_kind kind;
	int pkey;
	const char *group;
	const char *digest; /* NULL: the algorithm's own */
};

static const struct row rows[] = {
	{ { COSE_ALG_ES256, COSE_KEY_EC2, 1, 32 }, EVP_PKEY_EC, "prime256v1", "SHA256" },
	{ { COSE_ALG_EDDSA, COSE_KEY_OKP, 6, 32 }, EVP_PKEY_ED25519, NULL, NULL },
	{ { COSE_ALG_ES384, COSE_KEY_EC2, 2, 48 }, EVP_PKEY_EC, "secp384r1", "SHA384" },
	{ { COSE_ALG_ES512, COSE_KEY_EC2, 3, 66 }, EVP_PKEY_EC, "secp521r1", "SHA512" },
	{ { COSE_ALG_ED448, COSE_KEY_OKP, 7, 57 }, EVP_PKEY_ED448, NULL, NULL },
	{ { COSE_ALG_RS256, COSE_KEY_RSA, 0, 0 }, EVP_PKEY_RSA, NULL, "SHA256" },
};

enum { ROWS_N = sizeof(rows) / sizeof(rows[0]) };

const struct cose_kind *cose_kind_at(size_t i)
{
	return i < ROWS_N ? &rows[i].kind : NULL;
}

static const struct row *row_of(int alg)
{
	for (size_t i = 0; i < ROWS_N; i++) {
		if (rows[i].kind.alg == alg)
			return &rows[i];
	}
	return NULL;
}

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)s.p;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return pkey;
}

/* OpenSSL itself refuses a point beside the curve. */
static EVP_PKEY *ec_key(const struct row *row, struct str bytes)
{
	unsigned char point[1 + 2 * COORDINATE_MAX] = { 4 };
	auto_param_bld *bld = OSSL_PARAM_BLD_new();
	auto_params *params = NULL;

	assert(row->kind.size <= COORDINATE_MAX);
	if (bld == NULL || bytes.n != 2 * row->kind.size)
		return NULL;
	memcpy(point + 1, bytes.p, bytes.n);
	if (OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, row->group, 0) !=
			1 ||
		OSSL_PARAM_BLD_push_octet_string(
			bld, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + bytes.n) != 1)
		return NULL;
	params = OSSL_PARAM_BLD_to_param(bld);
	return from_params("EC", params);
}

static EVP_PKEY *rsa_key(struct str bytes)
{
	auto_param_bld *bld = OSSL_PARAM_BLD_new();
	auto_params *params = NULL;
	auto_bn *n = NULL;
	auto_bn *e = NULL;
	size_t modulus;

	if (bld == NULL || bytes.n <= COSE_EXPONENT_BYTES ||
		bytes.n > COSE_RSA_BYTES_MAX + COSE_EXPONENT_BYTES)
		return NULL;
	modulus = bytes.n - COSE_EXPONENT_BYTES;
	n = BN_bin2bn(bytes_of(bytes), (int)modulus, NULL);
	e = BN_bin2bn(bytes_of(bytes) + modulus, COSE_EXPONENT_BYTES, NULL);
	if (n == NULL || e == NULL ||
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n) != 1 ||
		OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, e) != 1)
		return NULL;
	params = OSSL_PARAM_BLD_to_param(bld);
	return from_params("RSA", params);
}

static EVP_PKEY *make(const struct row *row, struct str bytes)
{
	if (row->kind.type == COSE_KEY_EC2)
		return ec_key(row, bytes);
	if (row->kind.type == COSE_KEY_RSA)
		return rsa_key(bytes);
	return bytes.n == row->kind.size
		       ? EVP_PKEY_new_raw_public_key(row->pkey, NULL, bytes_of(bytes), bytes.n)
		       : NULL;
}

/* Of a certificate's key too, whose making was not ours. */
static bool fits(const struct row *row, const EVP_PKEY *pkey)
{
	char group[32] = "";
	size_t n;

	if (pkey == NULL || EVP_PKEY_get_base_id(pkey) != row->pkey)
		return false;
	if (row->kind.type == COSE_KEY_RSA)
		return EVP_PKEY_get_bits(pkey) <= 8 * COSE_RSA_BYTES_MAX && rsa_is_sound(pkey);
	return row->group == NULL ||
	       (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) == 1 &&
		       strcmp(group, row->group) == 0);
}

static bool verifies(
	const struct row *row, EVP_PKEY *pkey, struct str message, struct str signature)
{
	auto_md_ctx *ctx = EVP_MD_CTX_new();

	return ctx != NULL &&
	       EVP_DigestVerifyInit_ex(ctx, NULL, row->digest, NULL, NULL, pkey, NULL) == 1 &&
	       EVP_DigestVerify(ctx, bytes_of(signature), signature.n, bytes_of(message),
		       message.n) == 1;
}

bool cose_key_is_sound(const struct cose_key *key)
{
	const struct row *row = row_of(key->alg);
	auto_pkey *pkey = row != NULL ? make(row, key->bytes) : NULL;
	bool is = pkey != NULL && fits(row, pkey);

	ERR_clear_error();
	return is;
}

bool cose_key_signed(const struct cose_key *key, struct str message, struct str signature)
{
	const struct row *row = row_of(key->alg);
	auto_pkey *pkey = row != NULL ? make(row, key->bytes) : NULL;
	bool is = pkey != NULL && verifies(row, pkey, message, signature);

	ERR_clear_error();
	return is;
}

bool cose_certificate_signed(struct str der, int alg, struct str message, struct str signature)
{
	const unsigned char *at = bytes_of(der);
	const struct row *row = row_of(alg);
	auto_x509 *certificate =
		der.n > 0 && der.n <= LONG_MAX ? d2i_X509(NULL, &at, (long)der.n) : NULL;
	EVP_PKEY *pkey = certificate != NULL ? X509_get0_pubkey(certificate) : NULL;
	bool is = row != NULL && at == bytes_of(der) + der.n && fits(row, pkey) &&
		  verifies(row, pkey, message, signature);

	ERR_clear_error();
	return is;
}
