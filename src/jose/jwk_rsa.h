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
