/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwks: a set of keys that was read (RFC 7517, 5), for clients' assertions: at most 32 keys;
 * keys of kinds that are not ours are passed over, as the RFC asks.
 */

#include "base/arena.h"
#include "base/err.h"
#include "jose/jwk.h"

struct jwks_key {
	struct jwk *key;
	struct str kid;
	enum jws_alg alg; /* JWS_UNKNOWN when the JWK names none */
};

struct jwks {
	struct jwks_key *keys;
	size_t count;
};

/* Keys are owned by the set: jwks_done gives them back. ERR_INVALID  no {"keys": […]}. */
enum err jwks_read(struct arena *, const struct json *, struct jwks *ret) MUST_CHECK;
void jwks_done(struct jwks *);

/* The one with that kid that fits the algorithm; without kid the first that fits. NULL if none.
 */
const struct jwk *jwks_find(const struct jwks *, struct str kid, enum jws_alg);
