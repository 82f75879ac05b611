/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_keys: the public keys by which a client proves itself (private_key_jwt), as one JWK
 * set: from `jwks`, or from Auth0's client_authentication_methods.private_key_jwt.credentials,
 * each with a PEM. Used by client.c only.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "json/json_value.h"

/* Is it an algorithm of assertions? A field_check_fn. */
const char *client_keys_check_alg(struct arena *, struct str alg);

/* `value` is {"keys": […]}. ERR_INVALID  *ret_why */
enum err client_keys_from_jwks(struct arena *, const struct json *value, struct str *ret,
	struct str *ret_why) MUST_CHECK;

/* `value` is client_authentication_methods. *ret stays as it is when it has no PEM. */
enum err client_keys_from_credentials(struct arena *, const struct json *value, struct str *ret,
	struct str *ret_why) MUST_CHECK;
