/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_record: what an authorization request leaves behind: a counter for silent ones,
 * an event (ssa, fsa, s, f), and for refusals a trace of the facts. An s is of a session that
 * went on; somebody who signed in for it has left one already. Nothing here blocks, and
 * nothing names a token, a cookie, or who was asked for (contract, section 7).
 */

#include "oidc/authorize/authorize_gather.h"
#include "tenant/provider.h"

/* `fault` NULL: success. `facts` and `found` NULL: refused before anything was looked up. */
void authorize_record(struct provider *, const struct authorize_subject *,
	const struct http_request *, const struct fault *, const struct authorize_found *,
	const struct authorize_facts *);
