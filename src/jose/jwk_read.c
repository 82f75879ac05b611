/* SPDX-License-Identifier: Apache-2.0 */

/* Keys from JSON: RFC 7517, RFC 7518, section 6, and RFC 8037. */

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "jose/jwe.h"
#include "jose/jwk_key.h"
#include "jose/jwk_rsa.h"

enum {
	MEMBER_MAX = 2048, /* bytes decoded; an RSA-8192 modulus has 1024 */
	SCRATCH = 8192,
};

static void scratch_done(struct arena **a)
{
	arena_free(*a);
}
#define auto_arena __attribute__((cleanup(scratch_done))) struct arena

/* The member decoded. A member that is no string is as bad as none. */
static enum err read_bytes(
	struct arena *a, const struct json *map, const char *name, struct str *ret)
{
	const struct json *member = json_get(map, name);
	struct str bytes;
	enum err err;

	if (member == NULL || member->type != JSON_STR || member->str.n > 2 * MEMBER_MAX)
		return ERR_INVALID;
	err = base64url_decode(a, member->str, &bytes);
	if (err != OK)
		return err;
	if (bytes.n == 0)
		return ERR_INVALID;
	*ret = bytes;
	return OK;
}

static enum err read_fixed(
	struct arena *a, const struct json *map, const char *name, size_t size, struct str *ret)
{
	struct str bytes;
	enum err err = read_bytes(a, map, name, &bytes);

	if (err != OK)
		return err;
	if (bytes.n != size)
		return ERR_INVALID;
	*ret = bytes;
	return OK;
}

/* Base64urlUInt: the shortest spelling of a number (RFC 7518, 2). */
static enum err read_number(
	struct arena *a, const struct json *map, const char *name, BIGNUM **ret)
{
	struct str bytes;
	enum err err = read_bytes(a, map, name, &bytes);

	if (err != OK)
		return err;
	if (bytes.p[0] == 0)
		return ERR_INVALID;
	*ret = BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
	return *ret != NULL ? OK : ERR_CRYPTO;
}

static enum err key_from(
	const char *type, bool is_private, OSSL_PARAM_BLD *from, EVP_PKEY **ret)
{
	auto_params *params = OSSL_PARAM_BLD_to_param(from);
	auto_pkey_ctx *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	int what = is_private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;

	if (params == NULL || ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return ERR_CRYPTO;
	if (EVP_PKEY_fromdata(ctx, ret, what, params) == 1)
		return OK;
	ERR_clear_error();
	return ERR_INVALID;
}

/* RFC 7518, 6.3.2: we ask for all of the numbers, so that signing is never the slow way. */
static const struct {
	const char *member;
	const char *param;
} rsa_numbers[] = {
	{ "n", OSSL_PKEY_PARAM_RSA_N },
	{ "e", OSSL_PKEY_PARAM_RSA_E },
	{ "d", OSSL_PKEY_PARAM_RSA_D },
	{ "p", OSSL_PKEY_PARAM_RSA_FACTOR1 },
	{ "q", OSSL_PKEY_PARAM_RSA_FACTOR2 },
	{ "dp", OSSL_PKEY_PARAM_RSA_EXPONENT1 },
	{ "dq", OSSL_PKEY_PARAM_RSA_EXPONENT2 },
	{ "qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1 },
};
enum { RSA_PUBLIC_NUMBERS = 2, RSA_NUMBERS = sizeof(rsa_numbers) / sizeof(rsa_numbers[0]) };

struct numbers {
	BIGNUM *n[RSA_NUMBERS];
};

static void numbers_done(struct numbers *numbers)
{
	for (size_t i = 0; i < RSA_NUMBERS; i++)
		BN_clear_free(numbers->n[i]);
}

static enum err rsa_pkey(
	struct arena *a, const struct json *map, bool is_private, EVP_PKEY **ret)
{
	__attribute__((cleanup(numbers_done))) struct numbers numbers = { 0 };
	auto_param_bld *bld = OSSL_PARAM_BLD_new();
	size_t count = is_private ? RSA_NUMBERS : RSA_PUBLIC_NUMBERS;

	if (bld == NULL)
		return ERR_CRYPTO;
	for (size_t i = 0; i < count; i++) {
		enum err err = read_number(a, map, rsa_numbers[i].member, &numbers.n[i]);

		if (err != OK)
			return err;
		if (OSSL_PARAM_BLD_push_BN(bld, rsa_numbers[i].param, numbers.n[i]) != 1)
			return ERR_CRYPTO;
	}
	return key_from("RSA", is_private, bld, ret);
}

static enum err read_rsa(
	struct arena *a, const struct json *map, bool is_private, struct jwk **ret)
{
	auto_pkey *pkey = NULL;
	struct jwk *jwk;
	enum err err;

	if (json_get(map, "oth") != NULL)
		return ERR_INVALID;
	err = rsa_pkey(a, map, is_private, &pkey);
	if (err != OK)
		return err;
	err = jwk_adopt(pkey, is_private, &jwk);
	if (err != OK)
		return err;
	if (is_private && !rsa_halves_fit(pkey)) {
		ERR_clear_error();
		jwk_unref(jwk);
		return ERR_INVALID;
	}
	*ret = jwk;
	return OK;
}

static bool find_curve(struct str crv, enum jwk_kind *ret)
{
	for (enum jwk_kind kind = JWK_P256; kind <= JWK_P521; kind++) {
		if (!str_is(crv, jwk_curve(kind)->crv))
			continue;
		*ret = kind;
		return true;
	}
	return false;
}

/* 4 || x || y (SEC 1, 2.3.3), which is how OpenSSL takes a point and checks it. */
static enum err read_point(
	struct arena *a, const struct json *map, size_t size, struct str *ret)
{
	struct str x;
	struct str y;
	enum err err;
	char *point;

	err = read_fixed(a, map, "x", size, &x);
	if (err != OK)
		return err;
	err = read_fixed(a, map, "y", size, &y);
	if (err != OK)
		return err;
	point = arena_alloc(a, 1 + 2 * size);
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	memcpy(point + 1, x.p, size);
	memcpy(point + 1 + size, y.p, size);
	*ret = (struct str){ point, 1 + 2 * size };
	return OK;
}

static enum err ec_pkey(
	const struct jwk_curve *curve, struct str point, struct str d, EVP_PKEY **ret)
{
	auto_param_bld *bld = OSSL_PARAM_BLD_new();
	auto_bn *private = NULL;

	if (bld == NULL ||
		OSSL_PARAM_BLD_push_utf8_string(
			bld, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) != 1 ||
		OSSL_PARAM_BLD_push_octet_string(
			bld, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) != 1)
		return ERR_CRYPTO;
	if (d.n > 0) {
		private = BN_bin2bn((const unsigned char *)d.p, (int)d.n, NULL);
		if (private == NULL ||
			OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, private) != 1)
			return ERR_CRYPTO;
	}
	return key_from("EC", d.n > 0, bld, ret);
}

static enum err read_ec(
	struct arena *a, const struct json *map, bool is_private, struct jwk **ret)
{
	const struct jwk_curve *curve;
	auto_pkey *pkey = NULL;
	struct str point;
	struct str d = { 0 };
	enum jwk_kind kind;
	enum err err;

	if (!find_curve(json_get_str(map, "crv"), &kind))
		return ERR_INVALID;
	curve = jwk_curve(kind);
	err = read_point(a, map, curve->size, &point);
	if (err != OK)
		return err;
	if (is_private) {
		err = read_fixed(a, map, "d", curve->size, &d);
		if (err != OK)
			return err;
	}
	err = ec_pkey(curve, point, d, &pkey);
	if (err != OK)
		return err;
	return jwk_adopt(pkey, is_private, ret);
}

/* OpenSSL computes the public half of a private key: it must be what "x" says. */
static bool has_public_half(const EVP_PKEY *pkey, struct str x)
{
	unsigned char made[ED25519_KEY];
	size_t n = sizeof(made);

	return EVP_PKEY_get_raw_public_key(pkey, made, &n) == 1 && n == x.n &&
	       memcmp(made, x.p, n) == 0;
}

static enum err read_okp(
	struct arena *a, const struct json *map, bool is_private, struct jwk **ret)
{
	auto_pkey *pkey = NULL;
	struct str x;
	struct str d;
	enum err err;

	if (!str_is(json_get_str(map, "crv"), jwk_curve(JWK_ED25519)->crv))
		return ERR_INVALID;
	err = read_fixed(a, map, "x", ED25519_KEY, &x);
	if (err != OK)
		return err;
	if (!is_private) {
		pkey = EVP_PKEY_new_raw_public_key_ex(
			NULL, "ED25519", NULL, (const unsigned char *)x.p, x.n);
	} else {
		err = read_fixed(a, map, "d", ED25519_KEY, &d);
		if (err != OK)
			return err;
		pkey = EVP_PKEY_new_raw_private_key_ex(
			NULL, "ED25519", NULL, (const unsigned char *)d.p, d.n);
	}
	if (pkey == NULL || !has_public_half(pkey, x)) {
		ERR_clear_error();
		return ERR_INVALID;
	}
	return jwk_adopt(pkey, is_private, ret);
}

static enum err read_oct(
	struct arena *a, const struct json *map, bool is_private, struct jwk **ret)
{
	struct str k;
	enum err err;

	(void)is_private;
	err = read_bytes(a, map, "k", &k);
	if (err != OK)
		return err;
	*ret = jwk_from_bytes(k.p, k.n);
	return OK;
}

static const struct {
	const char *kty;
	enum err (*read)(struct arena *, const struct json *, bool is_private, struct jwk **);
} types[] = {
	{ "RSA", read_rsa },
	{ "EC", read_ec },
	{ "OKP", read_okp },
	{ "oct", read_oct },
};

static enum err read_type(struct arena *a, const struct json *map, struct jwk **ret)
{
	struct str kty = json_get_str(map, "kty");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (str_is(kty, types[i].kty))
			return types[i].read(a, map, json_get(map, "d") != NULL, ret);
	}
	return ERR_INVALID;
}

/* RFC 7517, 4.2 and 4.3: is the key meant for this? */
static bool is_meant_for(const struct json *map, const char *wanted, const char *const ops[4])
{
	const struct json *use = json_get(map, "use");

	if (use != NULL && !str_is(json_get_str(map, "use"), wanted))
		return false;
	if (json_get(map, "key_ops") == NULL)
		return true;
	for (size_t i = 0; i < 4 && ops[i] != NULL; i++)
		if (json_list_has(map, "key_ops", str_from(ops[i])))
			return true;
	return false;
}

static bool fits_signing(const struct jwk *jwk, struct str alg)
{
	return jwk_fits(jwk, jws_alg_from(alg));
}

static bool fits_encryption(const struct jwk *jwk, struct str alg)
{
	return jwk_fits_jwe(jwk, jwe_alg_from(alg));
}

/* RFC 7517, 4.4: the algorithm it is meant for must be one that it can do. */
static enum err read_fitting(const struct json *map,
	bool (*fits)(const struct jwk *, struct str alg), struct jwk **ret)
{
	auto_arena *a = arena_new(SCRATCH);
	struct jwk *jwk;
	enum err err = read_type(a, map, &jwk);

	if (err != OK)
		return err;
	if (json_get(map, "alg") != NULL && !fits(jwk, json_get_str(map, "alg"))) {
		jwk_unref(jwk);
		return ERR_INVALID;
	}
	*ret = jwk;
	return OK;
}

enum err jwk_read(const struct json *map, struct jwk **ret)
{
	static const char *const ops[4] = { "sign", "verify" };

	if (map == NULL || map->type != JSON_MAP || !is_meant_for(map, "sig", ops))
		return ERR_INVALID;
	return read_fitting(map, fits_signing, ret);
}

enum err jwk_read_encryption(const struct json *map, struct jwk **ret)
{
	static const char *const ops[4] = { "encrypt", "wrapKey", "deriveKey", "deriveBits" };
	struct str kty = json_get_str(map, "kty");

	if (map == NULL || map->type != JSON_MAP || !is_meant_for(map, "enc", ops) ||
		(!str_is(kty, "RSA") && !str_is(kty, "EC")))
		return ERR_INVALID;
	return read_fitting(map, fits_encryption, ret);
}
