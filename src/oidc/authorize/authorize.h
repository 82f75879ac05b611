/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize: the authorization endpoint. OpenID Connect Core 1.0, 3.1.2, 3.2.2, 3.3.2; the
 * contract's section 4. Read, load, check, decide, act: this file is the order, the others
 * of its name are the beats.
 *
 * The silent invariant: a request with prompt=none ends in a success or an error that
 * reaches the caller, never in a page for a person, whatever fails, the store included.
 */

#include "http/handler.h"

/* GET and POST /authorize. INLINE. */
handler_fn authorize;

/* GET /authorize/resume?state=…: back from a page of login/. POOL. */
handler_fn authorize_resume;
