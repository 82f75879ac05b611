/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * introspection: POST /oauth/introspect (RFC 7662), form or JSON: is this token alive, and
 * what does it say? Only for clients that authenticate. Access tokens may be any client's,
 * since APIs ask; refresh tokens are shown to their own client only. A JWT, signed and
 * perhaps encrypted, where Accept names it (RFC 9701); 400 where the client has no key to
 * encrypt it to. Runs INLINE; an assertion, which is written, or a jwks_uri, which must be
 * fetched, makes it go to POOL.
 */

#include "http/handler.h"

enum err introspection(struct provider *, const struct http_request *, struct http_response *);
