/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cors_oidc: which pages may read the answers of the token and revocation endpoints: those of
 * an origin that the client has registered, exactly, with Access-Control-Allow-Credentials
 * (cookies are ignored there). No other origin ever gets a header. Contract, section 8.
 */

#include "http/request.h"
#include "http/response.h"
#include "tenant/tenant.h"

/*
 * True when this was a preflight, and the response is made: with permission when any enabled
 * client of the tenant has the origin (a preflight does not say which client will ask),
 * without otherwise.
 */
bool cors_oidc_preflight(
	const struct tenant *, const struct http_request *, struct http_response *);

/*
 * The headers for the answer itself, if this client has the origin. NULL where the request
 * named none that there is, or was not read at all: then, as for a preflight, if any enabled
 * client has it. Such an answer holds nothing but an error, and a page that may not read it
 * learns only that "fetch failed".
 */
void cors_oidc_allow(const struct tenant *, const struct client *, const struct http_request *,
	struct http_response *);

/* The same for endpoints that every page may read; true when it was a preflight and is
 * answered. */
bool cors_oidc_any(const struct http_request *, struct http_response *, const char *methods);
