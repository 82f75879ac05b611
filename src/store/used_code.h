/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * used_code: the ids of authorization codes that were redeemed. Codes are sealed, not stored
 * (house, section 4): single use is the one durable insert of the id at redemption, in the
 * transaction that gives the tokens. Rows stay until well after the code's own end, so that
 * a second use is recognised (RFC 6749, 4.1.2).
 */

#include "db/db.h"

/* ERR_CONFLICT  it was taken before */
enum err used_code_take(
	struct db_conn *, struct str id, int64_t now, int64_t keep_until) MUST_CHECK;
/* Was it taken? ERR_NOT_FOUND  no, or it is forgotten */
enum err used_code_find(struct db_conn *, struct str id) MUST_CHECK;
enum err used_code_prune(
	struct db_conn *, int64_t now, size_t max, int64_t *ret_deleted) MUST_CHECK;
