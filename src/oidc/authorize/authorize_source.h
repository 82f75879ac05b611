/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_source: where an authorization request really is: in its parameters, in a request
 * object (request_object.h), which may have to be fetched (request_uri.h), or pushed before
 * (pushed_authorization.h). Afterwards all three are the same struct, and no beat of the
 * endpoint knows the difference.
 *
 * A request that is neither pays nothing for it.
 */

#include "http/request.h"
#include "oidc/authorize/authorize_request.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

#define PUSHED_PREFIX "urn:ietf:params:oauth:request_uri:"

struct authorize_source {
	struct str pushed; /* the key of its row, or empty */
	bool is_signed;
	const struct fault *fault; /* it could not be read: *request is as it was sent */
};

/*
 * Replaces *request by what it stands for. `resumed`: it comes from an interaction, and stands
 * for itself.
 * ERR_WOULD_BLOCK  a key must be fetched first
 * ERR_STORE, ERR_CRYPTO
 */
enum err authorize_source_read(const struct tenant *, const struct http_request *, bool resumed,
	struct authorize_request *request, struct authorize_source *ret) MUST_CHECK;

/* What is said of a request_uri that names nothing. */
extern const struct fault authorize_source_gone;

/*
 * Takes the pushed request, if it was one, so that nothing else comes of it.
 * ERR_NOT_FOUND    another one was first
 * ERR_WOULD_BLOCK  nothing was done
 */
enum err authorize_source_use_up(const struct tenant *, const struct http_request *,
	const struct authorize_source *) MUST_CHECK;
