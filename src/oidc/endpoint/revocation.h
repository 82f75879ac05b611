/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * revocation: POST /oauth/revoke (RFC 7009), form or JSON: a client gives back a token of its
 * own. A refresh token of any generation ends its family and what it gave; an access token
 * is refused at /userinfo and introspection from then on. A token that is unknown, or another
 * client's, is 200 all the same. Runs on POOL.
 */

#include "http/handler.h"

enum err revocation(struct provider *, const struct http_request *, struct http_response *);
