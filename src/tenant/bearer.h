/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * bearer: how the management API learns who is asking without knowing the protocol: it says
 * what it demands of the access token that a request carries, and is told whose it is, or why
 * that is not enough. serve fills struct provider's pointer in;
 * oidc/endpoint/protected_resource.h is behind it.
 */

#include "tenant/tenant.h"

struct provider;
struct http_request;
struct http_response;

struct bearer_demand {
	struct str audience; /* which the token must be for */
	struct str scopes;   /* space separated: one of them is enough */
	const char *realm;
};

/* What is said to the caller of a token that was refused. Pointers are to literals. */
struct bearer {
	struct str client_id;   /* whose it is, as far as that is known */
	int status;             /* 200; or 400 no such header, 401, 403, 429 */
	const char *error;      /* the standard's word */
	struct str description; /* one ASCII sentence */
	const char *reason;     /* a word of docs/errors */
};

/*
 * Takes tokens that a client got for itself (client_credentials), for that audience, that are
 * ours, alive and held by who sends them (RFC 9449, RFC 8705), with a scope that the client's
 * grant has now: what the grant loses, tokens lose. Never a person's. Adds to the response what
 * must go with a refusal (WWW-Authenticate, Retry-After, DPoP-Nonce).
 * Blocks: ERR_WOULD_BLOCK on a loop thread, where there is a DPoP proof. ERR_STORE
 */
typedef enum err bearer_read_fn(const struct provider *, const struct tenant *,
	const struct http_request *, const struct bearer_demand *, struct http_response *,
	struct bearer *ret);
