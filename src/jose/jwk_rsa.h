/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* jwk_rsa: which RSA moduli and exponents we take part with. */

#include <stdbool.h>

#include "jose/openssl.h"

/*
 * 2048 to 8192 bits, an odd modulus, an odd exponent from 3 to 64 bits, and not a product of
 * the primes of CVE-2017-15361 (ROCA), which can be factored.
 */
bool rsa_is_sound(const EVP_PKEY *);

/*
 * Does a signature of the private half verify with the public one? OpenSSL's own check
 * tests the primes again, which costs a start with many tenants tens of milliseconds each.
 */
bool rsa_halves_fit(EVP_PKEY *);
