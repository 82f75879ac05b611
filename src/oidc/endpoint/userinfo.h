/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * userinfo: GET and POST /userinfo (OpenID Connect Core 1.0, 5.3; RFC 6750): the claims that
 * the token's scope and the claims parameter asked for, as JSON, or as a JWT when the client
 * registered userinfo_signed_response_alg. The token comes in the Authorization header or in
 * a form body. Refusals are 401 (403 for a token without openid) with WWW-Authenticate and
 * the word Unauthorized (auth0-wire.md 5.6); 400 for a request that is not well formed, and
 * where the client has no key to encrypt the answer to. Open to every page. Runs INLINE; a
 * jwks_uri that must be fetched, or a DPoP proof, makes it go to POOL.
 */

#include "http/handler.h"

enum err userinfo(struct provider *, const struct http_request *, struct http_response *);
