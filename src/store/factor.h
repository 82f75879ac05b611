/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * factor: a user's second factors and passkeys. What is secret is sealed (SEAL_STORE).
 * `data` is the factor's own JSON (digits, algorithm, credential id, sign count, label).
 */

#include "base/arena.h"
#include "db/db.h"

struct factor {
	struct str factor_id;
	struct str user_id;
	/* "totp", "recovery-code" (one row for all of them), "webauthn-roaming", "passkey" (a
	 * WebAuthn credential that can also sign somebody in), "email" */
	struct str type;
	struct str name;
	struct str sealed;
	struct str data;
	bool confirmed;
	int64_t created_at;
	int64_t last_used_at;
	int64_t last_step; /* TOTP: the time step used last, so that a code counts once */
};

enum err factor_list(struct db_conn *, struct arena *, struct str user_id, struct factor **ret,
	size_t *ret_count) MUST_CHECK;
/* ERR_CONFLICT  no such user, or the id is taken */
enum err factor_insert(struct db_conn *, const struct factor *) MUST_CHECK;
/*
 * confirmed = true, last_used_at and last_step move forward. `step` is 0 for what has none.
 * ERR_CONFLICT  that step, or a later one, was used already; or there is no such factor
 */
enum err factor_use(
	struct db_conn *, struct str factor_id, int64_t step, int64_t now) MUST_CHECK;
/* By its id: whose passkey is this? ERR_NOT_FOUND */
enum err factor_find(
	struct db_conn *, struct arena *, struct str factor_id, struct factor *ret) MUST_CHECK;
/* data `before` becomes `after`, and it counts as used at `now`. ERR_CONFLICT  its data is
 * another by now (or it is gone): somebody used it in between */
enum err factor_change(struct db_conn *, struct str factor_id, struct str before,
	struct str after, int64_t now) MUST_CHECK;
/* ERR_NOT_FOUND  it is not one of the user's */
enum err factor_rename(
	struct db_conn *, struct str user_id, struct str factor_id, struct str name) MUST_CHECK;
/* Is there any passkey in this tenant? */
enum err factor_any_passkey(struct db_conn *, bool *ret) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err factor_delete(struct db_conn *, struct str user_id, struct str factor_id) MUST_CHECK;
