/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jws: signatures in compact form (RFC 7515). The algorithm is always the caller's, never
 * the token's: a verifier says which algorithm and key it accepts, and a header that names
 * another is refused, so key confusion (HS256 with a public key, none) cannot happen.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "jose/jwk.h"

/* The raw signature over `input` (ES256 and its kin as r || s). ERR_CRYPTO; ERR_INVALID when
 * the key does not fit. */
enum err jws_sign_raw(const struct jwk *, enum jws_alg, struct arena *, struct str input,
	struct str *ret) MUST_CHECK;
/* ERR_INVALID  it does not verify */
enum err jws_verify_raw(
	const struct jwk *, enum jws_alg, struct str input, struct str signature) MUST_CHECK;

/*
 * header.payload.signature. The header has alg, typ (if not empty) and kid (if not empty),
 * in that order. JWS_NONE gives an empty signature and takes no key.
 */
enum err jws_sign(const struct jwk *, enum jws_alg, struct str typ, struct str kid,
	struct arena *, struct str payload, struct str *ret) MUST_CHECK;

/*
 * The same token with the place of its signature still blank, and what is needed to fill it in:
 * whoever has many to sign does so one after the other, while the processor has OpenSSL at
 * hand. The key must live until then. Not for JWS_NONE and HMAC, which cost nothing.
 */
struct jws_draft {
	const struct jwk *key; /* NULL: there is nothing to be signed */
	enum jws_alg alg;
	struct arena *arena;
	struct str input; /* header.payload */
	char *blank;      /* `size` characters */
	size_t size;
};

/* ERR_INVALID when the key does not fit. */
enum err jws_draft_make(const struct jwk *, enum jws_alg, struct str typ, struct str kid,
	struct arena *, struct str payload, struct jws_draft *ret_draft,
	struct str *ret) MUST_CHECK;
/* ERR_CRYPTO  the token is of no use */
enum err jws_draft_sign(const struct jws_draft *) MUST_CHECK;

/* How many bytes a raw signature by that key has; 0 where it does not fit, or for HMAC. */
size_t jws_signature_size(const struct jwk *, enum jws_alg);

/* A compact JWS taken apart and decoded; nothing in it is trusted yet. */
struct jws {
	enum jws_alg alg; /* JWS_UNKNOWN when not one of ours */
	struct str kid;
	struct str typ;
	const struct json *header;
	struct str payload;       /* decoded bytes */
	struct str signing_input; /* header.payload as sent */
	struct str signature;     /* decoded bytes */
};

/*
 * ERR_INVALID  not three base64url parts, or the header is not a JSON object (strict: no
 *              duplicate members), or it has "crit" or "b64", or is larger than 32 kB
 */
enum err jws_parse(struct arena *, struct str compact, struct jws *ret) MUST_CHECK;

/* Is alg what the token names, does the key fit it, does the signature verify? Else
 * ERR_INVALID. */
enum err jws_verify(const struct jws *, const struct jwk *, enum jws_alg) MUST_CHECK;
