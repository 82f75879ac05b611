/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * token: POST /oauth/token (RFC 6749, 3.2), form or JSON. Authenticates the client, finds the
 * grant in its table, and answers 200 with tokens or with a fault: 401 for the client's
 * authentication, 403 for mfa_required and access_denied, 400 for all else (contract,
 * section 8). Pages of the client's registered origins may read the answer. Runs on POOL.
 */

#include "http/handler.h"

enum err token(struct provider *, const struct http_request *, struct http_response *);
