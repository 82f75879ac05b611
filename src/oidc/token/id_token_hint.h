/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * id_token_hint: is this an id_token that we gave to this client, and about whom is it?
 * OpenID Connect Core 1.0, 3.1.2.1; contract, section 4, row 6: signed by a key that is
 * current, next or retired but not revoked, with the algorithm that key has (or with the
 * client's own secret, for HS256); `iss` one of the tenant's issuers; `aud` the client. Its
 * `exp` does not matter.
 */

#include "oidc/fault.h"
#include "tenant/tenant.h"

struct id_token_hint {
	struct str sub;
	struct str sid;       /* may be empty */
	struct str client_id; /* the audience */
};

/*
 * NULL and *ret, or the fault of row 6. `client` NULL accepts any client of the tenant
 * (logout without client_id); otherwise the audience must be that client.
 */
const struct fault *id_token_hint_read(const struct tenant *, const struct client *,
	struct arena *, struct str hint, struct id_token_hint *ret) MUST_CHECK;
