/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session_cookie: sets the browser's session cookie anew when an action changed whether it
 * outlives the browser (auth0-wire, 4.3: session.setCookieMode). The same secret, another age:
 * one cookie serves all accounts of the browser, so it lasts as long as the longest of them.
 */

#include "http/response.h"
#include "oidc/authorize/authorize_gather.h"

/* Nothing where nothing changed. ERR_STORE */
enum err session_cookie_follow(const struct authorize_subject *, const struct http_request *,
	const struct authorize_found *, struct http_response *) MUST_CHECK;
