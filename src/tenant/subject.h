/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * subject: the name by which a client knows a person: `sub` (OpenID Connect Core 1.0, 8). For
 * most clients it is the user_id. A pairwise one is a digest of the client's sector and the
 * user_id, keyed by the tenant's salt: always the same for one sector, of no use to another,
 * and not to be turned back by anybody, us included: what comes back with a `sub` is compared
 * with the subjects of those it could be. Inside, everybody is a user_id.
 */

#include "tenant/tenant.h"

struct str subject_pairwise(
	const struct tenant *, const struct client *, struct arena *, struct str user_id);

/* `user_id` may be a client's own ("CLIENT@clients"), which stays as it is. */
static inline struct str subject_for(const struct tenant *t, const struct client *client,
	struct arena *a, struct str user_id)
{
	return client->pairwise ? subject_pairwise(t, client, a, user_id) : user_id;
}

/*
 * The tenant's salt, made when there is none: it writes then. For tenant.c.
 * ERR_CRYPTO  it does not open with these secrets
 */
enum err subject_salt(
	struct db *, const struct seal *, struct arena *, struct str *ret) MUST_CHECK;
