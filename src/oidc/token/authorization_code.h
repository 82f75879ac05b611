/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorization_code: the short-lived ticket between /authorize and /oauth/token
 * (RFC 6749, 4.1.2). It is a sealed value, not a row: everything the token endpoint needs
 * travels inside, and the silent path writes nothing. Single use is store/used_code.h.
 */

#include "base/arena.h"
#include "base/err.h"
#include "crypto/seal.h"
#include "oidc/authentication.h"

struct authorization_code {
	struct str
		id; /* 16 random bytes: what is taken once, and the handle of what it gives */
	struct str issuer; /* the issuer that was asked: `iss` of the tokens */
	struct str client_id;
	struct str redirect_uri_digest; /* SHA-256; empty when the request had none */
	struct str code_challenge;
	bool challenge_plain; /* code_challenge_method=plain */
	struct str nonce;
	struct str scope;    /* granted: space separated */
	struct str audience; /* of a registered API, or empty */
	struct str dpop_jkt;
	struct str
		claims; /* the claims parameter's id_token and userinfo parts, JSON, or empty */
	struct str id_claims; /* custom claims of actions, JSON objects, or empty */
	struct str access_claims;
	struct str refresh;    /* what actions want kept with a refresh token, JSON, or empty */
	bool mfa_excused;      /* a remembered browser stood in for the second factor */
	bool auth_time_wanted; /* max_age, prompt=login, essential, or require_auth_time */
	int64_t issued_at;
	int64_t expires_at;
	struct authentication who;
};

/* Sets id from the CSPRNG when it is empty. Compact: about 250 bytes before base64url. */
struct str authorization_code_seal(
	const struct seal *, struct arena *, struct authorization_code *);

/* ERR_INVALID  not a code of this tenant. Expiry is the caller's business. */
enum err authorization_code_open(const struct seal *, struct arena *, struct str code,
	struct authorization_code *ret) MUST_CHECK;
