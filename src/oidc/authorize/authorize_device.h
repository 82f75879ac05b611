/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_device: the end of an authorization request that a device made (RFC 8628). The
 * person came from /activate, with an interaction whose data names the device; every beat of
 * the endpoint is the same, but nobody is redirected: the code is laid down for the device,
 * and the person is told so on a page.
 */

#include "http/response.h"
#include "oidc/authorize/authorize_check.h"
#include "oidc/response_mode/response_mode.h"

/* The device that the interaction (may be NULL) is about; empty: none. */
struct str authorize_device_of(const struct interaction *, struct arena *);

/*
 * Lays down the code of the response, and shows that. `interaction` has been ended.
 * ERR_STORE, ERR_BUSY
 */
enum err authorize_device_approve(const struct authorize_subject *, const struct interaction *,
	const struct authorize_response *, const struct http_request *,
	struct http_response *) MUST_CHECK;

/* The same for a refusal: the device hears access_denied. */
enum err authorize_device_refuse(const struct authorize_subject *, const struct interaction *,
	const struct fault *, const struct http_request *, struct http_response *) MUST_CHECK;
