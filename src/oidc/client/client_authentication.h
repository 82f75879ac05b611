/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_authentication: who the client of a direct request is, and whether it proved it
 * (RFC 6749, 2.3; OpenID Connect Core 1.0, 9; RFC 7523, 3): none, client_secret_basic,
 * client_secret_post, client_secret_jwt, private_key_jwt, and certificates (mutual_tls.h).
 * Exactly one method may be used,
 * and it must be the registered one; only basic and post are interchangeable.
 *
 * An assertion's `aud` is the issuer, with or without its slash, the token endpoint, or the
 * endpoint that is asked; it
 * needs exp and jti, and a jti is good once within its life: that is a durable write.
 * Keys come from the client's `jwks`, or its `jwks_uri`.
 */

#include "http/request.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

struct client_authentication {
	const struct client
		*client;      /* the one that is named, even when the proof failed; or NULL */
	struct str client_id; /* as named, or empty */
	enum auth_method method;   /* by which it came */
	bool basic;                /* 401 answers then carry WWW-Authenticate */
	const struct fault *fault; /* NULL: it is who it says */
};

/*
 * ERR_WOULD_BLOCK  an assertion came on a loop thread
 * ERR_STORE        its jti could not be kept
 */
enum err client_authenticate(const struct tenant *, const struct issuer *,
	const struct http_request *, const struct params *,
	struct client_authentication *ret) MUST_CHECK;

/* Reads the body (body_params.h) and authenticates; what is wrong with the body is a fault of
 * *ret too. Errors as above. */
enum err client_request_read(const struct tenant *, const struct issuer *,
	const struct http_request *, struct params *ret_params,
	struct client_authentication *ret) MUST_CHECK;
