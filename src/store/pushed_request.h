/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pushed_request: an authorization request that a client left here by itself (RFC 9126), to be
 * named by a browser a moment later. It was checked when it came. The id travels in the
 * request_uri; rows are keyed by its SHA-256. At most one authorization comes of it.
 */

#include "base/arena.h"
#include "db/db.h"

struct pushed_request {
	struct str key; /* SHA-256 of the id */
	struct str client_id;
	struct str request; /* as a query string, without what authenticated the client */
	int64_t expires_at;
};

enum err pushed_request_insert(struct db_conn *, const struct pushed_request *) MUST_CHECK;
/* ERR_NOT_FOUND  never made, taken, or expired at `now` */
enum err pushed_request_find(struct db_conn *, struct arena *, struct str key, int64_t now,
	struct pushed_request *ret) MUST_CHECK;
/* Uses it up: at most one caller gets OK. ERR_NOT_FOUND */
enum err pushed_request_take(struct db_conn *, struct str key) MUST_CHECK;
enum err pushed_request_prune(
	struct db_conn *, int64_t now, size_t max, int64_t *ret_deleted) MUST_CHECK;
