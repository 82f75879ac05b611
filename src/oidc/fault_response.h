/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fault_response: a fault as the JSON that the endpoints behind the browser answer with
 * (RFC 6749, 5.2): error, error_description, error_uri, and nothing else.
 */

#include <stdbool.h>

#include "http/request.h"
#include "http/response.h"
#include "oidc/fault.h"

/* 401 for invalid_client, 403 for mfa_required and access_denied, 429 for too_many_requests,
 * 503 for temporarily_unavailable, 400 for all others. */
int fault_status(const struct fault *);

/* Fills the response, with no-store. */
void fault_respond_json(const struct fault *, struct str issuer, const struct http_request *,
	struct http_response *, int status);

/* The same with fault_status; 401 challenges a client that came by HTTP Basic, and no other:
 * libraries take the header for the whole story. */
void fault_respond_to_client(const struct fault *, bool basic, struct str issuer,
	const struct http_request *, struct http_response *);
