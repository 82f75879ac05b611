/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dpop_proof: one DPoP proof (RFC 9449, 4.2), taken apart and verified by the key that it
 * carries itself. Pure: it says whose it is and for what it was made; whether that is what is
 * happening here and now is dpop.h's business.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* Space separated, as discovery and challenges name them. */
#define DPOP_ALGS "ES256 RS256 PS256 EdDSA ES384 ES512 RS384 RS512 PS384 PS512"

struct dpop_proof {
	struct str jkt; /* the thumbprint of its key */
	struct str jti;
	struct str htm;
	struct str htu;
	struct str nonce; /* or empty */
	struct str ath;   /* or empty */
	int64_t iat;
};

/*
 * ERR_INVALID  not typ dpop+jwt, an algorithm that is not one of key pairs, a key that is not
 *              public, a signature that does not verify, or a claim that is missing or of the
 *              wrong type
 */
enum err dpop_proof_read(struct arena *, struct str proof, struct dpop_proof *ret) MUST_CHECK;

/* Is `htu` this URL, compared as RFC 9449, 4.3 asks: without its query and fragment, scheme
 * and host in any case, a default port or none? `origin` is in url_origin's form. */
bool dpop_htu_is(struct arena *, struct str htu, struct str origin, struct str path);
