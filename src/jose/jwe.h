/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwe: encryption in compact form (RFC 7516, 7518) with key pairs: RSA-OAEP, RSA-OAEP-256,
 * ECDH-ES on P-256, P-384 and P-521, alone or with AES key wrapping; AES-GCM or AES-CBC with
 * HMAC. What is compressed ("zip") is refused, and so is "crit": neither is inflated nor
 * ignored. What comes out of a JWE is bytes; whoever expects a JWS in it parses one, and a JWE
 * in a JWE is none.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "jose/jwk.h"

enum jwe_alg {
	JWE_ALG_UNKNOWN,
	JWE_RSA_OAEP,
	JWE_RSA_OAEP_256,
	JWE_ECDH_ES,
	JWE_ECDH_ES_A128KW,
	JWE_ECDH_ES_A256KW,
	JWE_ALGS,
};

enum jwe_enc {
	JWE_ENC_UNKNOWN,
	JWE_A128CBC_HS256,
	JWE_A256CBC_HS512,
	JWE_A128GCM,
	JWE_A256GCM,
	JWE_ENCS,
};

/* "RSA-OAEP-256", "A128GCM", …; "" for the first ones. And back. */
const char *jwe_alg_name(enum jwe_alg);
enum jwe_alg jwe_alg_from(struct str);
const char *jwe_enc_name(enum jwe_enc);
enum jwe_enc jwe_enc_from(struct str);

/* May this key be used with that algorithm? */
bool jwk_fits_jwe(const struct jwk *, enum jwe_alg);

/*
 * A key to encrypt to (or to decrypt with, with "d"): as jwk_read, but RSA or EC only, "use"
 * absent or "enc", "alg" absent or one of the above. ERR_INVALID  not such a key
 */
enum err jwk_read_encryption(const struct json *, struct jwk **ret) MUST_CHECK;

/* The public members with kid and use "enc", good for every algorithm that the key fits. */
struct str jwk_write_encryption(const struct jwk *, struct arena *, struct str kid);

struct jwe_recipient {
	const struct jwk *key;
	struct str kid; /* may be empty */
	enum jwe_alg alg;
	enum jwe_enc enc;
};

/* `cty` is "JWT" for what is a JWT itself, else empty. ERR_INVALID  the key does not fit */
enum err jwe_encrypt(const struct jwe_recipient *, struct str cty, struct arena *,
	struct str plain, struct str *ret) MUST_CHECK;

/* A compact JWE taken apart and decoded; nothing in it is trusted yet. */
struct jwe {
	enum jwe_alg alg;
	enum jwe_enc enc;
	struct str kid;
	struct str cty;
	const struct json *header;
	struct str aad; /* the header as sent */
	struct str encrypted_key;
	struct str iv;
	struct str ciphertext;
	struct str tag;
};

/* Five parts, as a JWE has. It may still be none. */
bool jwe_looks_like(struct str compact);

/*
 * ERR_INVALID  not five base64url parts, or the header is not a JSON object (strict), or it
 *              names no algorithm of ours, or has "crit" or "zip", or is larger than 64 kB
 */
enum err jwe_parse(struct arena *, struct str compact, struct jwe *ret) MUST_CHECK;

/* ERR_INVALID  the key does not fit, or it was not encrypted to it, or was changed since:
 * which of these is not told. */
enum err jwe_decrypt(
	const struct jwe *, const struct jwk *, struct arena *, struct str *ret) MUST_CHECK;
