/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * presented_token: an access token of ours that comes back to us, at /userinfo or at the
 * management API: how it was sent (RFC 6750, 2.1; RFC 9449, 7.1), whose it is, whether who
 * sends it holds the key that it is bound to, and the challenge of a refusal.
 */

#include "http/handler.h"
#include "oidc/fault.h"
#include "oidc/token/access_token.h"
#include "tenant/provider.h"

struct presented_token {
	struct str token;
	bool by_dpop; /* the scheme that it came by */
	struct access_token_facts facts;
	const struct client *client; /* whose; NULL: it is not there anymore */
};

/* By the Authorization header; empty when that has no such scheme. */
void presented_token_read(const struct http_request *, struct presented_token *ret);

/* Sets facts and client; *ret_fault when it is nobody's. ERR_STORE */
enum err presented_token_open(const struct tenant *, const struct http_request *,
	struct presented_token *, const struct fault **ret_fault) MUST_CHECK;

/*
 * RFC 9449, 7: a bound token is no Bearer token, and the other way round; RFC 8705, 3. `path`:
 * what was asked, below the issuer. Last of the checks, since a proof that was looked at is
 * used up. Errors are dpop_check's.
 */
enum err presented_token_check_possession(const struct provider *, const struct tenant *,
	const struct http_request *, const char *path, const struct presented_token *,
	const struct fault **ret_fault) MUST_CHECK;

/* For WWW-Authenticate; without `fault` no more than the scheme (RFC 6750, 3). */
struct str presented_token_challenge(const struct tenant *, const struct http_request *,
	const struct presented_token *, const char *realm, const struct fault *fault);
