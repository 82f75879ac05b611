/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * key_rotation: signing keys by schedule (settings.signing_key_rotation). When a current key
 * has signed for `every` seconds, the next one, which everybody could fetch all the while,
 * takes its place, and a new next one is made. A previous key is published until the last
 * token that it can have signed, and the longest session for which one may come back as
 * id_token_hint, have ended; then it is revoked.
 *
 * Several processes may look after one store: whether a step is due is asked again inside the
 * write, so it is done once. Used inside tenant/ only.
 */

#include "tenant/tenant.h"

/* When the next step is due, seconds since the epoch; INT64_MAX: never. ERR_STORE */
enum err key_rotation_next(struct db_conn *, const struct tenant *, int64_t *ret) MUST_CHECK;

/*
 * Does what is due at `now`; OK also when another process was first. The tenant is not
 * changed: the store is, and so is noticed. Makes keys, so it may take a second.
 * ERR_STORE, ERR_BUSY, ERR_CRYPTO
 */
enum err key_rotation_run(const struct tenant *, int64_t now) MUST_CHECK;
