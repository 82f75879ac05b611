/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_response: what we say to one client as a JWT: signed by the tenant, or by the client's
 * secret (HS256), then encrypted to a key of the client's, where it has asked for that
 * (OpenID Connect Core 1.0, 10.2; RFC 7516). Its keys are in jwks or behind jwks_uri.
 */

#include "base/arena.h"
#include "base/err.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

struct client_response {
	const struct tenant *tenant;
	const struct client *client;
	enum jws_alg alg; /* JWS_UNKNOWN: not signed, and so no JWS either */
	struct client_encryption encryption;
	struct str typ;
	int64_t now;
	bool may_block;
	struct jws_draft *draft; /* where it can be, it is left to be signed by this; or NULL */
};

/*
 * ERR_NOT_FOUND    there is no key to sign with
 * ERR_WOULD_BLOCK  the client's keys must be fetched, and may_block is false
 * ERR_CRYPTO       the client has no key that it could be encrypted to; the log says so
 */
enum err client_response_make(const struct client_response *, struct arena *,
	struct str payload, struct str *ret) MUST_CHECK;

/*
 * Is there a key that it could be encrypted to, where it has to be? Asked before something is
 * used up for an answer that could not be made: then *ret is `no_key`, the client's mistake in
 * the words of the endpoint, and the log says so; else it is left alone. ERR_WOULD_BLOCK
 */
enum err client_response_check(const struct client_response *, struct arena *,
	const struct fault *no_key, const struct fault **ret) MUST_CHECK;
