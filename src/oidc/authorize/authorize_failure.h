/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_failure: what the front answers on /authorize when no handler did: a full queue,
 * a store that does not answer, a method or body that cannot be. A hidden frame may be
 * waiting, so the page also posts the error to the origin of the given redirect_uri, as
 * rows 1 to 3 do: nothing is proven here, and nothing but the error is said.
 */

#include "http/request.h"
#include "http/response.h"
#include "tenant/tenant.h"

/* `tenant` may be NULL. Fills *response; cannot fail. */
void authorize_failure(
	const struct tenant *, const struct http_request *, struct http_response *, int status);
