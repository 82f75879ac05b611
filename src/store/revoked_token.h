/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * revoked_token: what no longer counts at /userinfo and introspection although its signature
 * is good: a single token (by its jti) or all that one authorization gave (by its handle,
 * the part of the jti before the dot). Rows may go when the last such token has expired.
 */

#include "db/db.h"

enum err revoked_token_insert(struct db_conn *, struct str id, int64_t until) MUST_CHECK;
/* OK: one of the two is revoked. ERR_NOT_FOUND: neither is. Either may be empty. */
enum err revoked_token_find(struct db_conn *, struct str jti, struct str handle) MUST_CHECK;
enum err revoked_token_prune(
	struct db_conn *, int64_t now, size_t max, int64_t *ret_deleted) MUST_CHECK;
