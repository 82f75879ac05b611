/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwk_key: what a key is inside. For the files of jose only.
 *
 * All of it is written before the key is shared, except the counters in `life`.
 */

#include <stdatomic.h>

#include "jose/jwk.h"
#include "jose/openssl.h"

enum jwk_kind { JWK_RSA, JWK_P256, JWK_P384, JWK_P521, JWK_ED25519, JWK_OCT, JWK_KINDS };

enum {
	RSA_BITS_MIN = 2048,
	RSA_BITS_MAX = 8192,
	RSA_BYTES_MAX = RSA_BITS_MAX / 8,
	COORDINATE_MAX = 66, /* P-521 */
	ED25519_KEY = 32,
	ED25519_SIGNATURE = 64,
};

/* A key's spelling in RFC 7518, 6.2.1.1 and in OpenSSL. */
struct jwk_curve {
	const char *crv;
	const char *group;
	size_t size; /* of a coordinate; 0 when the kind is no elliptic curve of this family */
};

struct jwk_life {
	atomic_uint refs;
	atomic_uint uses;   /* counts to 2 and stays */
	atomic_bool cached; /* a thread holds a copy */
};

struct jwk {
	struct jwk_life *life;
	uint64_t id; /* unique in this process, never used again */
	enum jwk_kind kind;
	bool is_private;
	EVP_PKEY *pkey;        /* NULL for JWK_OCT */
	unsigned char *secret; /* JWK_OCT */
	size_t secret_n;
};

const struct jwk_curve *jwk_curve(enum jwk_kind);

/*
 * Makes a key of what OpenSSL has read, after looking at its size and soundness. Takes its
 * own reference of `pkey`. ERR_INVALID  a kind, size or point that is not ours
 */
enum err jwk_adopt(EVP_PKEY *pkey, bool is_private, struct jwk **ret) MUST_CHECK;

/* The members that make it a public key, and no others. */
struct str jwk_write_members(const struct jwk *, struct arena *);

struct jwk *jwk_from_bytes(const void *secret, size_t n);
