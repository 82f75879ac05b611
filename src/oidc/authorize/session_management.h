/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session_management: OpenID Connect Session Management 1.0: `session_state` in answers, and
 * the frame at /oidc/check_session that compares it with what the browser's state is now.
 *
 * The state is a cookie that scripts can read, "KEY.STATE" (tenant/browser.h), two random
 * values: neither says anything, and the session's own cookie stays out of reach. STATE changes
 * whenever somebody signs in or out in this browser; KEY stays. A session_state is
 *
 *     TAG "." COVERED "." SALT      TAG, MASK = the halves of
 *                                   SHA-256(client_id SP origin SP KEY SP SALT)
 *                                   COVERED = STATE xor MASK
 *
 * so the frame first knows by TAG that it was given here, to that origin, in this very cookie
 * jar, and only then says "changed". To anything else, and where it can read no cookie, it says
 * "error": a browser that withholds cookies signs nobody out, and a site that is no client
 * learns nothing, not even whether somebody was ever here. One hash for an answer, no row.
 */

#include "http/handler.h"
#include "oidc/authorize/authorize_check.h"
#include "oidc/response_mode/response_mode.h"

/*
 * Adds session_state where the request is of OpenID Connect and has an origin to say it to. A
 * browser that has no state gets one when `signed_in`, and no answer about it otherwise.
 */
void session_management_add(const struct authorize_subject *, bool signed_in,
	const struct http_request *, struct http_response *, struct authorize_response *);

/* GET /oidc/check_session */
enum err check_session(struct provider *, const struct http_request *, struct http_response *);
