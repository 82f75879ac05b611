/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * browser: the two cookies by which we know a browser, as strings (no HTTP here).
 *
 * The session cookie is "v1.SECRET.MAC": 32 random bytes and HMAC-SHA-256 over them, both
 * base64url. The store keeps SHA-256(SECRET's bytes). A cookie of the wrong shape or MAC is
 * no cookie (row 7); a genuine one whose digest no session has is row 9.
 *
 * The flow cookie binds an interaction to a browser: 16 random bytes, base64url; the
 * interaction keeps SHA-256 of the text.
 */

#include "tenant/tenant.h"

struct browser_secret {
	struct str cookie; /* the value to set */
	struct str digest; /* what rows are keyed by: 32 bytes */
};

/* A new secret for this tenant. */
struct browser_secret browser_secret_new(const struct tenant *, struct arena *);

/* The digest a cookie value stands for. ERR_INVALID  wrong shape or MAC */
enum err browser_secret_read(const struct tenant *, struct arena *, struct str cookie,
	struct str *ret_digest) MUST_CHECK;
