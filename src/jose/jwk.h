/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwk: keys for signatures (RFC 7517, 7518, 8037): RSA (2048 to 8192 bits), EC P-256, P-384,
 * P-521, Ed25519, and symmetric keys for HMAC. OpenSSL stays inside jose/.
 *
 * Immutable once made; reference counted, because tenants and requests share them. Per
 * thread and key the signing context is duplicated and reused (measured.md, 3).
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"

enum jws_alg {
	JWS_NONE, /* never accepted by jws_verify */
	JWS_RS256,
	JWS_RS384,
	JWS_RS512,
	JWS_PS256,
	JWS_PS384,
	JWS_PS512,
	JWS_ES256,
	JWS_ES384,
	JWS_ES512,
	JWS_EDDSA,
	JWS_HS256,
	JWS_HS384,
	JWS_HS512,
	JWS_UNKNOWN,
};

/* "RS256", …; "none" for JWS_NONE; "" for JWS_UNKNOWN. And back. */
const char *jws_alg_name(enum jws_alg);
enum jws_alg jws_alg_from(struct str);

struct jwk;

/* A new private key for the algorithm (RSA 2048). ERR_INVALID for HMAC and none. */
enum err jwk_generate(enum jws_alg, struct jwk **ret) MUST_CHECK;

/*
 * From a JWK object, public or private ("d") or symmetric ("k"). Members are checked: sizes,
 * points on the curve, "use" absent or "sig", "key_ops", "alg" if present fits the type.
 * ERR_INVALID  not such a key
 */
enum err jwk_read(const struct json *, struct jwk **ret) MUST_CHECK;

/* PKCS#8 or traditional PEM, private or public. */
enum err jwk_read_pem(struct str pem, struct jwk **ret) MUST_CHECK;

/* A symmetric key for HS256/384/512 (client_secret). */
struct jwk *jwk_from_secret(struct str secret);

struct jwk *jwk_ref(struct jwk *);
void jwk_unref(struct jwk *); /* NULL is accepted */

/* The RFC 7638 thumbprint (SHA-256, base64url). Not for symmetric keys. */
struct str jwk_thumbprint(const struct jwk *, struct arena *);

/* A JWK as JSON text: public members only, with kid, use "sig" and alg. */
struct str jwk_write_public(const struct jwk *, struct arena *, struct str kid, enum jws_alg);
/* With the private members: only to be encrypted at rest (crypto/seal). */
struct str jwk_write_private(const struct jwk *, struct arena *);

bool jwk_is_private(const struct jwk *);
/* May this key be used with that algorithm (type, curve, size)? */
bool jwk_fits(const struct jwk *, enum jws_alg);
