/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * signing_keys: /api/v2/keys/signing (auth0-wire.md, 11; contract, section 8, "Keys"): the
 * tenant's signing keys of every algorithm, as `tacit key` lists, rotates and revokes them.
 * What was answered is in force: the next token is signed by the new key. Keys have no
 * certificates, so no `cert`, `pkcs7`, `fingerprint` and `thumbprint`; the key is in jwks.json
 * by its `kid`. Runs on POOL.
 */

#include "http/handler.h"

/* GET: a list. */
enum err signing_keys(struct provider *, const struct http_request *, struct http_response *);
/* GET KID, PUT KID/revoke. 404; 409 for a key that is current or next. */
enum err signing_keys_one(
	struct provider *, const struct http_request *, struct http_response *);
/* POST: 201, the RS256 key that signs from now on. */
enum err signing_keys_rotate(
	struct provider *, const struct http_request *, struct http_response *);
