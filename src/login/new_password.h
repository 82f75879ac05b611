/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * new_password: what a new password must be, and what else ends when one is set. Length in
 * characters by the tenant's setting, nothing about kinds of characters (NIST SP 800-63B,
 * 5.1.1.2); neither the person's address nor name; not in the server's list of stolen ones.
 */

#include "login/flow.h"
#include "store/user.h"

enum password_trouble {
	PASSWORD_FINE,
	PASSWORD_MISSING,
	PASSWORD_SHORT,
	PASSWORD_LONG,
	PASSWORD_NAME,
	PASSWORD_BREACHED,
	PASSWORD_TROUBLES
};

/* `name` and `email` are those of the account; either may be empty. */
enum password_trouble new_password_judge(
	const struct flow *, struct str password, struct str email, struct str name);

/* Sets what the pages show of it: "trouble", the word of the trouble, and "least". */
void new_password_show(struct page *, const struct flow *, enum password_trouble);

struct new_password {
	const struct flow *flow;
	struct str user_id;
	struct str hash;
	struct str keep_sid;       /* the session that stays; empty: none does */
	struct str proven_address; /* where a link was mailed to that was used now */
};

/*
 * Inside a db_write: the hash, and what ends with the one before (tenant/password_change.h).
 * ERR_NOT_FOUND  no such user, or the proven address is not theirs any more
 */
enum err new_password_write(struct db_conn *, const struct new_password *) MUST_CHECK;
