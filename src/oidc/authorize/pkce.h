/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pkce: Proof Key for Code Exchange (RFC 7636). Pure. Which methods a tenant accepts and
 * whether a client must use it is asked elsewhere.
 */

#include "oidc/fault.h"
#include "oidc/token/authorization_code.h"

/* 43*128 unreserved characters: a code_verifier, or a plain code_challenge (4.1, 4.2)? */
bool pkce_is_verifier(struct str);

/* 43 characters of base64url: an S256 code_challenge? */
bool pkce_is_s256_challenge(struct str);

/*
 * Does the verifier (may be empty) fit the code's challenge (may be empty)? NULL when it
 * does. A verifier without a challenge does not fit, or a challenge could be stripped from
 * the authorization request unnoticed (RFC 9700, 4.8.2).
 */
const struct fault *pkce_check(
	struct arena *, const struct authorization_code *, struct str verifier);
