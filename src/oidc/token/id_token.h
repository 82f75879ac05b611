/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * id_token: OpenID Connect Core 1.0, 2 and 3.1.3.7; contract, section 6. Claims: iss sub aud
 * exp iat sid, nonce only if sent, auth_time if wanted, acr/amr, at_hash and c_hash by the
 * caller's values, and profile claims only where the standard puts them: with
 * response_type=id_token (no access token is issued), or by the claims parameter; or always,
 * where the client or the tenant says scope_claims_in_id_token.
 */

#include "base/arena.h"
#include "base/err.h"
#include "http/request.h"
#include "oidc/authentication.h"
#include "oidc/fault.h"
#include "store/user.h"
#include "tenant/tenant.h"

struct id_token_request {
	const struct tenant *tenant;
	const struct client *client;
	struct str issuer;
	struct str nonce;
	struct str scope;
	struct str claims; /* the claims parameter (JSON), or empty */
	struct str custom; /* custom claims, a JSON object, or empty */
	bool auth_time_wanted;
	bool with_profile;       /* no access token comes along: scope claims go in here */
	struct str access_token; /* for at_hash (the front channel), or empty */
	struct str code;         /* for c_hash, or empty */
	int64_t now;
	bool may_block;          /* the client's keys may be fetched */
	struct jws_draft *draft; /* as in client_response.h; may be NULL */
	struct authentication who;
	const struct user *user; /* needed when id_token_needs_user; else NULL will do */
};

/*
 * Signed with client.id_token_alg, and encrypted where the client asks for it; errors are those
 * of client_response.h.
 */
enum err id_token_make(
	const struct id_token_request *, struct arena *, struct str *ret) MUST_CHECK;

/* Could one be encrypted to the client, where it must be? To be asked before anything is used
 * up for it. *ret is the client's mistake, or left alone. ERR_WOULD_BLOCK */
enum err id_token_check(const struct tenant *, const struct client *,
	const struct http_request *, const struct fault **ret) MUST_CHECK;

/*
 * A payload signed as the client's id_tokens are; with RS256 where those are not: whatever else
 * it is told must be. ERR_NOT_FOUND as above.
 */
enum err id_token_sign(const struct tenant *, const struct client *, struct str typ,
	struct arena *, struct str payload, struct str *ret) MUST_CHECK;

/*
 * Does making this token need the user's row? True when a scope whose claims go in here or the
 * claims parameter ask for profile claims: the silent path skips a read otherwise.
 */
bool id_token_needs_user(const struct id_token_request *);

/* Writes the standard claims that `scope` (and essential/voluntary `claims` under `part`:
 * "id_token" or "userinfo") ask for. Used by userinfo too. */
struct json_writer;
void standard_claims_write(struct json_writer *, const struct user *, struct str scope,
	struct str claims, const char *part);
