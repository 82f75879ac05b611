/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwk_rsa.h"

#include "jose/jwk_key.h"

/*
 * ROCA primes are k * M + (65537^a mod M) with M the product of small primes, so modulo
 * each of these the modulus is a power of 65537 too. Of other moduli that is true of one
 * in 2^27 or fewer.
 */
static bool is_power_of_65537(BN_ULONG residue, unsigned prime)
{
	unsigned generator = 65537 % prime;
	unsigned power = 1;

	do {
		if (power == residue)
			return true;
		power = power * generator % prime;
	} while (power != 1);
	return false;
}

static bool has_roca_fingerprint(const BIGNUM *n)
{
	static const unsigned char primes[] = { 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43,
		47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131,
		137, 139, 149, 151, 157, 163, 167 };

	for (size_t i = 0; i < sizeof(primes); i++) {
		if (!is_power_of_65537(BN_mod_word(n, primes[i]), primes[i]))
			return false;
	}
	return true;
}

bool rsa_is_sound(const EVP_PKEY *pkey)
{
	auto_bn *n = NULL;
	auto_bn *e = NULL;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
		EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		return false;
	return BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= RSA_BITS_MAX &&
	       BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= 64 &&
	       !has_roca_fingerprint(n);
}

bool rsa_halves_fit(EVP_PKEY *pkey)
{
	static const unsigned char digest[32] = "tacit";
	unsigned char signature[RSA_BYTES_MAX];
	auto_pkey_ctx *sign = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	auto_pkey_ctx *verify = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	size_t n = sizeof(signature);

	return sign != NULL && verify != NULL && EVP_PKEY_sign_init(sign) == 1 &&
	       EVP_PKEY_sign(sign, signature, &n, digest, sizeof(digest)) == 1 &&
	       EVP_PKEY_verify_init(verify) == 1 &&
	       EVP_PKEY_verify(verify, signature, n, digest, sizeof(digest)) == 1;
}
