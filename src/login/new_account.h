/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * new_account: somebody signs up. Where the tenant tells whether an address has an account
 * (flags.enable_public_signup_user_exists_error), the account is made at once, and a letter
 * asks to confirm the address. Elsewhere nobody learns it: a letter goes out in either case,
 * and the account is made when its link is followed.
 */

#include "login/account_mail.h"
#include "login/attempts.h"
#include "store/user.h"

struct new_account {
	const struct flow *flow;
	struct str email;
	struct str name; /* may be empty */
	struct str client_id;
	struct str password_hash;
	const struct attempts *attempts; /* what this counts against */
	struct user user;                /* what became of it; user_id is set in either case */
};

/*
 * ERR_CONFLICT  there is such an account, and the tenant tells
 * ERR_BUSY, ERR_STORE
 */
enum err new_account_make(struct new_account *) MUST_CHECK;

/*
 * The account that the link of a letter (kind "sign_up") makes; the link is used up.
 * ERR_NOT_FOUND  the link was used; ERR_CONFLICT  somebody has the address by now
 */
enum err new_account_finish(
	const struct flow *, const struct ticket *, struct user *ret) MUST_CHECK;

/* Is it an address, and not too long? */
bool new_account_email_fits(struct str);
