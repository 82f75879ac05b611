/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* etag: a strong validator of a body, and whether the client has that body already (RFC 9110,
 * 8.8.3 and 13.1.2). */

#include "http/request.h"
#include "http/response.h"

/*
 * Adds ETag. When If-None-Match names it, the answer becomes 304 without a body, and true is
 * returned. `digest` is made of the body: base64url or hex.
 */
bool etag_respond(struct str digest, const struct http_request *, struct http_response *);
