/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* signing_key: the tenant's signing keys; the private part is sealed (crypto/seal, SEAL_STORE).
 */

#include "base/arena.h"
#include "db/db.h"

struct signing_key {
	struct str kid;
	struct str alg;   /* "RS256", … */
	struct str state; /* "next", "current", "previous", "revoked" */
	struct str sealed;
	int64_t created_at;
	int64_t current_at;  /* since when it signs; 0: not yet */
	int64_t previous_at; /* since when it signs no more; 0 */
	int64_t revoked_at;  /* 0 */
};

enum err signing_key_list(struct db_conn *, struct arena *, struct signing_key **ret,
	size_t *ret_count) MUST_CHECK;
/* ERR_CONFLICT  the kid is taken, or the alg has a current or next key already */
enum err signing_key_insert(struct db_conn *, const struct signing_key *) MUST_CHECK;
/* For one alg: next -> current, current -> previous. The caller inserts the new next in the
 * same change. ERR_NOT_FOUND  there is no next */
enum err signing_key_rotate(struct db_conn *, struct str alg, int64_t now) MUST_CHECK;
/* The same, only where the current key has signed since `since` or earlier: of several
 * processes that want it, one does it. ERR_NOT_FOUND  not due, or there is no next */
enum err signing_key_rotate_due(
	struct db_conn *, struct str alg, int64_t since, int64_t now) MUST_CHECK;
/* Revokes the previous keys that sign no more since `since` or earlier. ERR_NOT_FOUND  none */
enum err signing_key_retire(struct db_conn *, int64_t since, int64_t now) MUST_CHECK;
/* Revoked before is OK. ERR_NOT_FOUND; ERR_CONFLICT  it is current or next: rotate first */
enum err signing_key_revoke(struct db_conn *, struct str kid, int64_t now) MUST_CHECK;
