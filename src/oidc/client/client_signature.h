/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_signature: was this JWS signed by that client? With its secret (client_secret_jwt,
 * and request objects by HS256) or with one of its public keys; never is a public key taken
 * for a secret, and which of the two counts is the caller's choice, not the token's.
 */

#include "http/request.h"
#include "jose/jws.h"
#include "tenant/tenant.h"

/* HS256, HS384 and HS512. ERR_INVALID  it does not verify, or the client has no secret at hand
 */
enum err client_verify_with_secret(const struct client *, const struct jws *) MUST_CHECK;

/*
 * The algorithms of key pairs, by its jwks or what is behind its jwks_uri (client_jwks.h).
 * ERR_INVALID      it does not verify, or no key of the client fits
 * ERR_WOULD_BLOCK  keys must be fetched, and rq->may_block is false
 * ERR_BUSY         keys must be fetched, and cannot now
 */
enum err client_verify_with_keys(const struct tenant *, const struct client *,
	const struct http_request *, const struct jws *) MUST_CHECK;
