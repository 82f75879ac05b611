/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * digest: SHA-256, HMAC, HKDF and comparison in constant time. Algorithms are fetched once
 * and contexts are reused per thread (measured.md, 3: naive use loses a third on two cores).
 * A failure inside the library here means a broken installation: it aborts.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

enum { SHA1_SIZE = 20, SHA256_SIZE = 32, SHA384_SIZE = 48, SHA512_SIZE = 64 };

struct str sha256(struct arena *, struct str); /* 32 bytes */
void sha256_into(struct str, unsigned char out[SHA256_SIZE]);
struct str sha256_base64url(struct arena *, struct str); /* 43 characters */
struct str sha384(struct arena *, struct str);
struct str sha512(struct arena *, struct str);
void sha384_into(struct str, unsigned char out[SHA384_SIZE]);
void sha512_into(struct str, unsigned char out[SHA512_SIZE]);

/* RFC 2104, with a key of any length. SHA-1 for TOTP (RFC 6238) and nothing else. */
void hmac_sha1_into(struct str key, struct str data, unsigned char out[SHA1_SIZE]);
void hmac_sha256_into(struct str key, struct str data, unsigned char out[SHA256_SIZE]);
void hmac_sha384_into(struct str key, struct str data, unsigned char out[SHA384_SIZE]);
void hmac_sha512_into(struct str key, struct str data, unsigned char out[SHA512_SIZE]);

/* HKDF-SHA-256 (RFC 5869) of `secret` for the purpose `info`, without salt: 32 bytes. */
void hkdf_into(struct str secret, const char *info, unsigned char out[SHA256_SIZE]);

/* Same length and same bytes, in time that depends on the length of `a` only. */
bool equal_in_constant_time(struct str a, struct str b);
