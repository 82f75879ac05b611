/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * request_object: the parameters of an authorization request as a JWT (OpenID Connect Core
 * 1.0, 6; RFC 9101). Opened, it is an ordinary request again: what the object says counts,
 * and what only stands beside it is added, as OpenID Connect asks. Where the client must
 * sign (signed_request_object.required) only the object counts, as RFC 9101 asks: whoever
 * could add to it could have left it out where it is not required.
 *
 * Signed with RS256, PS256, ES256 or EdDSA by a key of the client, or with HS256 by its
 * secret; `none` behind the tenant's unsigned_request_objects. It may be encrypted to a key of
 * the tenant's (encryption_key.h): once, and signed inside.
 */

#include "http/request.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

/*
 * The whole request as a query string, or a fault. `object`: the JWT. `beside`: the parameters
 * it came with; they name the client. ERR_WOULD_BLOCK  the client's keys must be fetched
 * ERR_CRYPTO
 */
enum err request_object_open(const struct tenant *, const struct issuer *,
	const struct client *, const struct http_request *, struct str object,
	const struct params *beside, struct str *ret_text,
	const struct fault **ret_fault) MUST_CHECK;

/*
 * The members of `claims` as parameters, then those of `beside` that it does not have; pure.
 * `beside` NULL: none. Times, names and what makes a JWT are no parameters.
 */
struct str request_object_merge(
	struct arena *, const struct json *claims, const struct params *beside);
