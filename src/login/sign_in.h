/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * sign_in: what a proven password gives: a session in this browser under a new secret, in one
 * durable write with the answer to the interaction. Whoever signs in again where they are
 * signed in keeps their session, its public id and what else was proven in it.
 */

#include "login/attempts.h"
#include "login/factor/factor.h"
#include "login/flow.h"
#include "store/user.h"

struct sign_in {
	struct flow *flow;
	const struct user *user;
	const struct attempts *attempts;
	const char *method; /* "pwd", "passkey" */
	const struct factor_proof
		*proof;      /* of a passkey, that counts as two factors; or NULL */
	bool remember;       /* the box was ticked; means nothing when it is not offered */
	struct str new_hash; /* in place of user->password_hash; empty: keep it */
};

/*
 * Sets the cookie and sends the browser back to the decision; or says that the interaction
 * is over.
 *
 * ERR_CONFLICT         the proof was used, or the password changed, in between
 * ERR_BUSY, ERR_STORE  nothing was done
 */
enum err sign_in(const struct sign_in *, struct http_response *) MUST_CHECK;

/* When the second factor was proven last in a session with these methods; 0: never. Seconds. */
int64_t sign_in_factor_at(struct arena *, struct str methods);

/* methods with `name` at `now_ms`, and its type unless that is NULL: the earlier entry of both
 * goes, the others stay. */
struct str sign_in_methods(
	struct arena *, struct str methods, const char *name, const char *type, int64_t now_ms);
