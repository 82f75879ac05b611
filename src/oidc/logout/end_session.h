/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * end_session: signing out (OpenID Connect RP-Initiated Logout 1.0; auth0-wire.md 6).
 *
 * /v2/logout (GET) ends all sessions of the browser and never asks. /oidc/logout (GET, POST)
 * ends the session that an id_token_hint or logout_hint of this browser names; without one,
 * or with one of another session or user, it asks first, on /u/logout, and then ends all.
 * The way back from there is /oidc/logout/resume. All run on POOL.
 *
 * Nobody is signed out, and nobody is redirected, when the URL to go to is not registered or
 * the hint is not ours.
 */

#include "http/handler.h"

enum err end_session_v2(struct provider *, const struct http_request *, struct http_response *);
enum err end_session(struct provider *, const struct http_request *, struct http_response *);
enum err end_session_resume(
	struct provider *, const struct http_request *, struct http_response *);
