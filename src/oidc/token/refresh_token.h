/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * refresh_token: the value a client keeps: base64url of {family, generation, MAC}. It is
 * never stored; the next generation of a family is computed, so two tabs that race get the
 * same successor (pains C1). And what a family keeps of the authorization it came from.
 */

#include "base/arena.h"
#include "base/err.h"
#include "crypto/seal.h"
#include "oidc/authentication.h"
#include "oidc/client/confirmation.h"
#include "store/refresh_token.h"

/* `family_id` is 22 characters of base64url (16 bytes), as refresh_family has it. */
struct str refresh_token_write(
	const struct seal *, struct arena *, struct str family_id, int64_t generation);

/* ERR_INVALID  not a refresh token of this tenant */
enum err refresh_token_read(const struct seal *, struct arena *, struct str token,
	struct str *ret_family_id, int64_t *ret_generation) MUST_CHECK;

/* refresh_family.claims as a struct: what later id_tokens must repeat (Core 1.0, 12.2). */
struct refresh_claims {
	struct str issuer;
	struct str claims;    /* the claims parameter, or empty */
	struct str id_claims; /* custom claims, JSON objects, or empty */
	struct str access_claims;
	bool mfa_excused; /* a remembered browser stood in for the second factor */
	bool auth_time_wanted;
	int64_t auth_time;
	struct str amr;
	struct str acr;
	struct confirmation confirmation; /* the key that the family is bound to */
};
struct str refresh_claims_write(struct arena *, const struct refresh_claims *);
struct refresh_claims refresh_claims_read(struct arena *, struct str json);
