/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * action_wish: what bound actions want of tokens and of the next pages, read from the JSON that
 * a run of them leaves (struct action_result). The same for a sign-in and for a refresh token
 * that is exchanged. What they want written is done by then (actions/effect.h).
 */

#include "base/arena.h"
#include "base/str.h"
#include "json/json_value.h"

struct action_wish {
	struct str scope;         /* what was granted, as they changed it */
	struct str id_claims;     /* JSON object: custom claims of the id_token, or empty */
	struct str access_claims; /* … and of the access token */
	struct str mfa; /* JSON {"provider", "allow_remember", "factors", "by"}, or empty */
	struct str mfa_by;
	struct str refresh;     /* JSON: what to keep with a refresh token, or empty */
	struct str cookie_mode; /* "persistent", "non-persistent", or empty */
	bool is_too_much;       /* it does not fit into a code */
};

struct action_wish action_wish_read(struct arena *, struct str json, struct str scope);

/* Does that wish for a second factor let a remembered browser pass? */
bool action_wish_allows_remembering(struct arena *, struct str mfa);
