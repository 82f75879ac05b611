/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * interaction_begin: sends the browser to a page, and finds the way back. The request waits
 * in an interaction row; a cookie binds it to this browser. One way in, one way out: every
 * page returns to /authorize/resume, where the decision is asked again.
 */

#include "http/response.h"
#include "oidc/authorize/authorize_gather.h"

/*
 * Makes the row (`interaction` NULL), or gives the one there is its next page, and redirects.
 * `named`: the user_id that alone may sign in, or empty.
 *
 * ERR_WOULD_BLOCK, ERR_BUSY, ERR_STORE
 */
enum err interaction_begin(const struct authorize_subject *, const struct http_request *,
	const struct authorize_found *, const struct interaction *interaction,
	struct str interaction_id, enum authorize_step, struct str named,
	struct http_response *) MUST_CHECK;

/*
 * The value of the browser's flow cookie; a new one is set when there is none. One cookie a
 * browser: several tabs may have interactions under way.
 */
struct str interaction_cookie(
	const struct issuer *, const struct http_request *, struct http_response *);

/*
 * The interaction that `id` names, if this browser has the cookie it is bound to.
 * ERR_NOT_FOUND  none, expired, finished, or another browser's
 */
enum err interaction_resume(const struct tenant *, const struct issuer *,
	const struct http_request *, struct str id, struct interaction *ret) MUST_CHECK;

/* Ends it; at most one request gets OK. */
enum err interaction_end(const struct tenant *, const struct interaction *) MUST_CHECK;
