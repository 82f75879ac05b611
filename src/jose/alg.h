/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* alg: the algorithms of RFC 7518, 3.1 and RFC 8037 as a table. For the files of jose only. */

#include "crypto/digest.h"
#include "jose/jwk_key.h"

enum alg_family { ALG_NO_FAMILY, ALG_RSA_PKCS1, ALG_RSA_PSS, ALG_ECDSA, ALG_EDDSA, ALG_HMAC };

struct alg {
	const char *name;
	enum alg_family family;
	enum jwk_kind kind;
	size_t digest_size;
	void (*digest)(struct str, unsigned char *);
	void (*hmac)(struct str key, struct str data, unsigned char *);
};

/* Never NULL; JWS_NONE, JWS_UNKNOWN and what is no algorithm have ALG_NO_FAMILY. */
const struct alg *alg_of(enum jws_alg);

/* Fetched once; NULL for EdDSA and HMAC, which need none here. Aborts without them. */
const EVP_MD *alg_md(enum jws_alg);
