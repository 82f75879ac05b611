/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tenant_page: what a person reads when an endpoint of the protocol cannot go on and no
 * application may be told: the tenant's name, what happened, and whom to ask.
 */

#include "http/request.h"
#include "http/response.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

/* Status 400 and the fault's reason. The description was written for a developer, in English.
 */
void tenant_page_fault(const struct tenant *, const struct http_request *,
	struct http_response *, const struct fault *);

/* Status 400: an application goes round in circles with the browser. `again` is where it may go
 * on, or empty. */
void tenant_page_loop(const struct tenant *, const struct http_request *,
	struct http_response *, struct str again);

/* Status 400: an interaction that is over, not theirs, or never was. `body` is a key of the
 * dictionary. */
void tenant_page_expired(const struct tenant *, const struct http_request *,
	struct http_response *, const char *body);
