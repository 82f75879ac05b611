/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session_ending: the end of a session, with the refresh tokens that live by it (contract,
 * section 8): those bound to the session always; offline ones stay, except that a log-out
 * takes those of clients with revoke_on_logout.
 */

#include "store/session.h"
#include "tenant/tenant.h"

/*
 * Inside a db_write. `reason` is the session's end_reason: "logout", "admin", "user", …
 * ERR_NOT_FOUND  no such session. One that has ended already is OK: its tokens end now.
 */
enum err session_end_with_tokens(const struct tenant *, struct db_conn *, struct arena *,
	struct str sid, struct str reason, int64_t now) MUST_CHECK;
