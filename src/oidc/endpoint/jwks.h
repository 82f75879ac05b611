/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwks: GET /.well-known/jwks.json: the public keys by which our tokens are verified
 * (RFC 7517, 5): next, current and previous ones. Open to every page; cached for five
 * minutes, so a new key is known long before it signs. Runs INLINE.
 */

#include "http/handler.h"

enum err jwks(struct provider *, const struct http_request *, struct http_response *);
