/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * seal: authenticated encryption of small values that a browser or client carries for us:
 * authorization codes, opaque access tokens, cookies of a step. XChaCha20-Poly1305 with a
 * random 24-byte nonce; the label (what kind of value this is) is authenticated with it, so
 * a code can never be opened as a token. Each label has its own key, derived by HKDF.
 *
 * Owns the keys of one tenant. Several generations may open; the newest seals. Immutable
 * once made, so threads share it.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum seal_label {
	SEAL_CODE,
	SEAL_ACCESS_TOKEN,
	SEAL_INTERACTION,
	SEAL_STORE,
	SEAL_TICKET,
	SEAL_LABELS
};

struct seal;

/* `secrets`: 32-byte master secrets, newest first. Freed by seal_free, which wipes. */
struct seal *seal_new(const struct str *secrets, size_t count);
void seal_free(struct seal *);

/* base64url(nonce || ciphertext || tag): 4/3 * (n + 40) characters. */
struct str seal_close(const struct seal *, struct arena *, enum seal_label, struct str plain);

/* ERR_INVALID  not sealed by one of these keys under this label (or changed on the way) */
enum err seal_open(const struct seal *, struct arena *, enum seal_label, struct str sealed,
	struct str *ret) MUST_CHECK;

/* HMAC-SHA-256 under a key derived for `purpose` (newest generation): 32 bytes. */
struct str seal_mac(const struct seal *, struct arena *, const char *purpose, struct str data);
/* Does `mac` fit under any generation? Constant time. */
bool seal_mac_fits(const struct seal *, const char *purpose, struct str data, struct str mac);
