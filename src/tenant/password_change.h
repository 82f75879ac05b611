/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * password_change: what else ends when a user's password becomes another one, whoever set it:
 * somebody may have known the one before. A hash that only replaces an older kind of hash of
 * the same password is no change.
 */

#include "store/user.h"

/*
 * Inside the db_write that stores the hash: every session but `keep_sid` (may be empty) ends
 * ("password_changed"), all refresh tokens and all links that were mailed, and no browser is
 * remembered.
 */
enum err password_changed(
	struct db_conn *, struct str user_id, struct str keep_sid, int64_t now) MUST_CHECK;

/* As above, by an administrator: none stays, and the tenant's log has an event ("scp"). */
enum err password_changed_by_admin(
	struct db_conn *, struct str user_id, int64_t now) MUST_CHECK;
