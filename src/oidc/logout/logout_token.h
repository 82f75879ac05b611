/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * logout_token: what tells a client that a session has ended. OpenID Connect Back-Channel
 * Logout 1.0, 2.4: iss, sub, aud, iat, exp, jti, sid, and the one event; typ "logout+jwt";
 * never a nonce. Signed as the client's id_tokens are, so that it knows the key.
 */

#include "base/arena.h"
#include "base/err.h"
#include "tenant/tenant.h"

enum { LOGOUT_TOKEN_SECONDS = 120 };

struct logout_token_request {
	const struct tenant *tenant;
	const struct client *client;
	struct str issuer;
	struct str user_id;
	struct str sid;
	int64_t now;
};

/* ERR_NOT_FOUND  no key for the client's algorithm */
enum err logout_token_make(
	const struct logout_token_request *, struct arena *, struct str *ret) MUST_CHECK;
