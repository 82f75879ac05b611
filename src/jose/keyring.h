/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * keyring: the signing keys of one tenant, and what /.well-known/jwks.json shows. For each
 * algorithm there is one current key, one next key (published ahead, signs nothing yet) and
 * any number of previous ones (verify until they are revoked). Revoked keys verify nothing
 * and are not published.
 *
 * Immutable once made; a rotation makes a new ring. Threads share it.
 */

#include "base/arena.h"
#include "base/err.h"
#include "jose/jwk.h"
#include "jose/jws.h"

enum key_state { KEY_NEXT, KEY_CURRENT, KEY_PREVIOUS, KEY_REVOKED };

struct keyring_key {
	struct jwk *key; /* the ring takes its own reference */
	struct str kid;
	enum jws_alg alg;
	enum key_state state;
};

struct keyring;

struct keyring *keyring_new(const struct keyring_key *, size_t count);
void keyring_free(struct keyring *);

/* {"keys":[…]}: next, current and previous ones. Made once; lives as long as the ring. */
struct str keyring_jwks(const struct keyring *);

/* The current key of that algorithm, or NULL. *ret_kid lives as long as the ring. */
const struct jwk *keyring_current(const struct keyring *, enum jws_alg, struct str *ret_kid);

/* Any key with that kid that is not revoked, with its algorithm, or NULL. */
const struct jwk *keyring_find(const struct keyring *, struct str kid, enum jws_alg *ret_alg);

/* As jws_draft_make, with the current key of the algorithm. ERR_NOT_FOUND  there is none. */
enum err keyring_draft(const struct keyring *, enum jws_alg, struct str typ, struct arena *,
	struct str payload, struct jws_draft *ret_draft, struct str *ret) MUST_CHECK;

/* Signs a JWT with the current key of the algorithm. ERR_NOT_FOUND  there is none. */
enum err keyring_sign(const struct keyring *, enum jws_alg, struct str typ, struct arena *,
	struct str payload, struct str *ret) MUST_CHECK;
