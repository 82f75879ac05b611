/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * refresh_action: has the bound post-login actions run when a refresh token is exchanged, as
 * they run at a sign-in (auth0-wire, 4.2 and 4.4). Nobody is there: what needs a person is an
 * error. The token stays as it is then, and may be exchanged another time.
 */

#include "oidc/grant/grant.h"
#include "oidc/token/action_wish.h"
#include "oidc/token/refresh_token.h"

struct refresh_exchange {
	const struct token_request *rq;
	const struct refresh_family *family;
	const struct refresh_claims *claims;
	const struct user *user;
	struct str scope; /* that the new tokens would have */
};

struct refresh_verdict {
	bool ran;                  /* false: nothing is bound */
	const struct fault *fault; /* refused */
	struct str by;             /* the action that refused, or empty */
	struct action_wish wish;
};

/* ERR_BUSY, ERR_STORE */
enum err refresh_action(
	const struct refresh_exchange *, struct refresh_verdict *ret) MUST_CHECK;
