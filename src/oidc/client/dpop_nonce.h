/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dpop_nonce: the nonce that proofs of possession must carry (RFC 9449, 8): the number of the
 * current stretch of time, with a MAC. Nothing is stored, and every process of a tenant knows
 * every other's. It says when its bearer last heard of us, by our own clock.
 */

#include "base/arena.h"
#include "crypto/seal.h"

/* Seconds for which one is handed out; it is good until the next stretch has ended. */
enum { DPOP_NONCE_SECONDS = 120 };

struct str dpop_nonce_make(const struct seal *, struct arena *, int64_t now);

/* Was it made in this stretch of time or in the one before? */
bool dpop_nonce_is_good(const struct seal *, struct arena *, struct str nonce, int64_t now);
