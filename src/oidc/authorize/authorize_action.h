/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_action: between rows 14 and 17: has the bound post-login actions run, once for a
 * request, and turns what they want into facts, scopes and claims. While an interaction goes
 * through pages, what they said is kept in its row; after a redirect of theirs they go on
 * where they were.
 *
 * Knows actions only by the pointer in struct provider.
 */

#include "oidc/authorize/authorize_gather.h"
#include "tenant/provider.h"

/*
 * Nothing where nothing is bound, or where an earlier row answers. A failure of an action is
 * no error here: facts->action_failed.
 *
 * ERR_WAIT, ERR_WOULD_BLOCK  they are not done: to be called again, as rq->wait says, or where
 *                            rq->may_block, with the same `found`, which remembers
 * ERR_BUSY, ERR_STORE
 */
enum err authorize_action(struct provider *, const struct authorize_subject *,
	const struct http_request *, const struct interaction *, struct authorize_found *,
	struct authorize_facts *) MUST_CHECK;
