/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* grant: what a user allowed a client to do (consent), per user, client and audience ("" for
 * none). */

#include "base/arena.h"
#include "db/db.h"

struct grant {
	struct str grant_id;
	struct str user_id;
	struct str client_id;
	struct str audience;
	struct str scope; /* space separated */
	int64_t created_at;
	int64_t updated_at;
};

/* ERR_NOT_FOUND  nothing was ever granted */
enum err grant_find(struct db_conn *, struct arena *, struct str user_id, struct str client_id,
	struct str audience, struct grant *ret) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err grant_find_by_id(
	struct db_conn *, struct arena *, struct str grant_id, struct grant *ret) MUST_CHECK;
enum err grant_list_by_user(struct db_conn *, struct arena *, struct str user_id,
	struct grant **ret, size_t *ret_count) MUST_CHECK;
/* Adds the scopes to what is granted already. ERR_CONFLICT  no such user */
enum err grant_add(struct db_conn *, const struct grant *, int64_t now) MUST_CHECK;
/* Revokes the refresh families of that user, client and audience too. ERR_NOT_FOUND */
enum err grant_delete(struct db_conn *, struct str grant_id, int64_t now) MUST_CHECK;
