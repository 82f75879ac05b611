/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * request_uri: a request object that is fetched (OpenID Connect Core 1.0, 6.2; RFC 9101, 5.2).
 * Only from a URL that the client has registered, byte for byte; an entry without a fragment
 * allows any. What was fetched is kept for a few seconds, and as long as there is room where
 * the fragment is its SHA-256, since then it cannot change. In memory, for the process.
 *
 * A browser can have it asked, so only so many threads wait for strangers at a time.
 */

#include "http/request.h"
#include "oidc/client/client_jwks.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

/* Has the client registered it? Pure. */
bool request_uri_is_registered(const struct client *, struct str uri);

/*
 * The request object, unread, or a fault.
 * ERR_WOULD_BLOCK  it must be fetched, and rq->may_block is false
 */
enum err request_uri_read(const struct tenant *, const struct client *,
	const struct http_request *, struct str uri, client_jwks_fetch_fn *, struct str *ret,
	const struct fault **ret_fault) MUST_CHECK;
