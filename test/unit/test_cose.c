/* SPDX-License-Identifier: Apache-2.0 */

/* Keys by their COSE algorithm: which are sound, and what was signed with them. That real ones
 * verify is for test_webauthn_vectors. */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "arena_rows.h"
#include "hex.h"
#include "jose/cose.h"

/* The key and the signature of "hello" of a fresh RSA key. */
static struct cose_key rsa(unsigned bits, struct str *ret_signature)
{
	EVP_PKEY *pkey = EVP_RSA_gen(bits);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *out = arena_alloc(a, bits / 8 + 3);
	unsigned char *signature = arena_alloc(a, bits / 8 + 1);
	size_t n = bits / 8 + 1;
	BIGNUM *modulus = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
	assert_int_equal(BN_bn2binpad(modulus, out, (int)bits / 8), (int)bits / 8);
	memcpy(out + bits / 8, "\1\0\1", 3);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey), 1);
	assert_int_equal(
		EVP_DigestSign(ctx, signature, &n, (const unsigned char *)"hello", 5), 1);
	BN_free(modulus);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	*ret_signature = (struct str){ (const char *)signature, n };
	return (struct cose_key){ COSE_ALG_RS256, { (const char *)out, bits / 8 + 3 } };
}

static void rsa_sizes(void **state)
{
	static const struct {
		const char *what;
		unsigned bits;
		bool sound;
	} rows[] = {
		{ "1024 bits", 1024, false },
		{ "2040 bits", 2040, false },
		{ "2048 bits", 2048, true },
		{ "3072 bits", 3072, true },
		{ "4096 bits", 4096, true },
		{ "4104 bits", 4104, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str signature;
		struct cose_key key = rsa(rows[i].bits, &signature);

		row_true(rows[i].what, cose_key_is_sound(&key) == rows[i].sound);
		if (!rows[i].sound)
			continue;
		row_true(rows[i].what, cose_key_signed(&key, S("hello"), signature));
		row_true("another message", !cose_key_signed(&key, S("hallo"), signature));
		row_true("a bit less", !cose_key_signed(&key, S("hello"),
					       str_first(signature, signature.n - 1)));
		row_true("nothing", !cose_key_signed(&key, S("hello"), S("")));
	}
}

#define G256X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define G256Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define G384X                                                              \
	"aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38" \
	"5502f25dbf55296c3a545e3872760ab7"
#define G384Y                                                              \
	"3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0" \
	"0a60b1ce1d7e819d7a431d7c90ea0e5f"
#define ED25519 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void keys(void **state)
{
	static const struct {
		const char *what;
		int alg;
		const char *hex;
		bool sound;
	} rows[] = {
		{ "the generator of P-256", COSE_ALG_ES256, G256X G256Y, true },
		{ "beside the curve", COSE_ALG_ES256, G256X G256X, false },
		{ "half a point", COSE_ALG_ES256, G256X, false },
		{ "a byte more", COSE_ALG_ES256, G256X G256Y "00", false },
		{ "nothing", COSE_ALG_ES256, "", false },
		{ "the generator of P-384", COSE_ALG_ES384, G384X G384Y, true },
		{ "a point of another curve", COSE_ALG_ES384, G256X G256Y, false },
		{ "a point of Ed25519", COSE_ALG_EDDSA, ED25519, true },
		{ "a byte more", COSE_ALG_EDDSA, ED25519 "00", false },
		{ "of Ed448, too short", COSE_ALG_ED448, ED25519, false },
		{ "RSA without a modulus", COSE_ALG_RS256, "010001", false },
		{ "of no algorithm", 0, G256X G256Y, false },
		{ "of RS1, which nobody should sign with", -65535, G256X G256Y, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct cose_key key = { rows[i].alg, bytes_of_hex(a, str_from(rows[i].hex)) };

		row_true(rows[i].what, cose_key_is_sound(&key) == rows[i].sound);
		row_true(rows[i].what, !cose_key_signed(&key, S("hello"), S("signed")));
	}
}

static void rsa_exponents(void **state)
{
	struct str signature;
	struct cose_key key = rsa(2048, &signature);
	struct str modulus = str_first(key.bytes, key.bytes.n - COSE_EXPONENT_BYTES);
	static const struct {
		const char *e;
		bool sound;
	} rows[] = { { "000000", false }, { "000001", false }, { "000003", true },
		{ "010000", false }, { "010001", true } };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str e = bytes_of_hex(a, str_from(rows[i].e));
		char *bytes = arena_alloc(a, modulus.n + e.n);

		memcpy(bytes, modulus.p, modulus.n);
		memcpy(bytes + modulus.n, e.p, e.n);
		key.bytes = (struct str){ bytes, modulus.n + e.n };
		row_true(rows[i].e, cose_key_is_sound(&key) == rows[i].sound);
	}
}

static void no_certificate(void **state)
{
	(void)state;
	row_true("nothing",
		!cose_certificate_signed(S(""), COSE_ALG_ES256, S("hello"), S("signed")));
	row_true("something else",
		!cose_certificate_signed(S("0\3abc"), COSE_ALG_ES256, S("hello"), S("signed")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(rsa_sizes, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(keys, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(rsa_exponents, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(no_certificate, arena_set_up, arena_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
