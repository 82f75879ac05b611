/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mutual_tls: clients that authenticate by the certificate of their connection (RFC 8705, 2):
 * tls_client_auth, where an authority vouches for it and it has the registered name; and
 * self_signed_tls_client_auth, where it is itself among the client's keys.
 */

#include "http/request.h"
#include "oidc/fault.h"
#include "tenant/provider.h"

/* The origin below which endpoints ask for certificates: "https://mtls.auth.example", or empty
 * when there is none. */
struct str mutual_tls_alias(struct arena *, const struct provider *, const struct issuer *);

/* The origin that was asked: the alias, or the issuer's. */
struct str mutual_tls_origin(
	const struct provider *, const struct issuer *, const struct http_request *);

/* Its thumbprint (SHA-256, base64url), or empty: RFC 8705, 3.1. */
struct str mutual_tls_thumbprint(const struct http_request *);

/*
 * For a client of one of the two methods. *ret: NULL when it is who it says.
 * ERR_WOULD_BLOCK  keys must be fetched, and rq->may_block is false
 */
enum err mutual_tls_authenticate(const struct tenant *, const struct client *,
	const struct http_request *, const struct fault **ret) MUST_CHECK;
