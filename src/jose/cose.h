/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cose: public keys by their COSE algorithm (RFC 9053, RFC 8812, RFC 9864), as bytes without
 * their CBOR, and what was signed with them; the spelling of signatures is WebAuthn's (Level
 * 3, 6.5.5): ECDSA in DER. The key of a certificate verifies in the same way; whether the
 * certificate is to be believed is not asked here.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum cose_alg {
	COSE_ALG_ES256 = -7,
	COSE_ALG_EDDSA = -8, /* Ed25519 */
	COSE_ALG_ES384 = -35,
	COSE_ALG_ES512 = -36,
	COSE_ALG_ED448 = -53,
	COSE_ALG_RS256 = -257,
};

enum { COSE_KEY_OKP = 1, COSE_KEY_EC2 = 2, COSE_KEY_RSA = 3 };

/* What an algorithm wants of its key (Level 3, 5.8.5). */
struct cose_kind {
	enum cose_alg alg;
	int type;    /* COSE_KEY_… */
	int curve;   /* RFC 9053, 7.1; 0: none */
	size_t size; /* of a coordinate; 0: RSA */
};

/* The kinds of key that we take, best first; NULL behind the last. */
const struct cose_kind *cose_kind_at(size_t);

enum { COSE_RSA_BYTES_MAX = 512, COSE_EXPONENT_BYTES = 3 };

struct cose_key {
	int alg;
	struct str bytes; /* x || y; x; or n || e, e in three bytes */
};

/* Is it one: of that length, a point of the curve; RSA of 2048 to 4096 bits, and otherwise as
 * jwk_rsa.h has it? To be asked before a key is kept. */
bool cose_key_is_sound(const struct cose_key *);

/* Has the private half of a sound key signed the message? */
bool cose_key_signed(const struct cose_key *, struct str message, struct str signature);

/* Has that of this certificate (DER), which must fit the algorithm? */
bool cose_certificate_signed(struct str der, int alg, struct str message, struct str signature);
