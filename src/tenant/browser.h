/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * browser: the cookies by which we know a browser, as strings (no HTTP here).
 *
 * The session cookie is "v1.SECRET.MAC": 32 random bytes and HMAC-SHA-256 over them, both
 * base64url. The store keeps SHA-256(SECRET's bytes). A cookie of the wrong shape or MAC is
 * no cookie (row 7); a genuine one whose digest no session has is row 9.
 *
 * The flow cookie binds an interaction to a browser: 16 random bytes, base64url; the
 * interaction keeps SHA-256 of the text.
 *
 * The state cookie is "KEY.STATE", 16 random bytes each, base64url: what scripts may know
 * (oidc/authorize/session_management.h). STATE is another one after each sign-in and log-out;
 * KEY is the browser's for as long as it keeps the cookie.
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

enum { BROWSER_STATE_SIZE = 16 };

struct browser_state {
	struct str key; /* as it is written */
	unsigned char state[BROWSER_STATE_SIZE];
};

/* False: not of that shape. */
bool browser_state_read(struct arena *, struct str cookie, struct browser_state *ret);

/* The cookie after a sign-in or log-out, where it was `before` (which may be anything). */
struct str browser_state_next(struct arena *, struct str before);
