/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * discovery: GET /.well-known/openid-configuration (OpenID Connect Discovery 1.0, 4) and
 * /.well-known/oauth-authorization-server (RFC 8414, 3): what this server does, for the
 * issuer of the Host that was asked. It names what works, and nothing else. Open to every
 * page, cached for five minutes. Runs INLINE.
 */

#include "http/handler.h"

enum err discovery(struct provider *, const struct http_request *, struct http_response *);
