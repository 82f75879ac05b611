/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_decide: the authorization endpoint's one decision. With a request that is valid
 * and a browser we know this much about, what happens next?
 *
 * Pure. No clock, no store, no allocation: everything it may look at is in struct
 * authorize_facts, so test/unit/test_authorize_decide.c visits every combination there is.
 * Its rules are rows 7 to 18 of the contract's section 4, and those that only a person meets.
 *
 * OpenID Connect Core 1.0, 3.1.2.1, 3.1.2.3 and 3.1.2.6.
 */

#include <stdbool.h>
#include <stdint.h>

#include "oidc/fault.h"
#include "oidc/session/session_choice.h"
#include "store/interaction.h"

struct authorize_facts {
	unsigned prompt;          /* of enum prompt_bit: what the client asked for */
	unsigned answered;        /* of enum prompt_bit: pages done within this interaction */
	enum session_state state; /* of the session that is meant */
	bool differs;             /* somebody is named who is not signed in here */
	bool ambiguous;           /* several accounts, none named, none last used */
	int64_t auth_age;         /* seconds since credentials were proven */
	int64_t max_age;          /* -1 when nobody set a limit */
	bool just_signed_in;      /* credentials were proven within this interaction */
	bool user_blocked;
	bool action_failed; /* it crashed, hung, threw or flooded */
	bool action_denied;
	bool action_redirect;
	bool mfa_due;         /* policy or acr_values ask for it and the session has none */
	bool consent_missing; /* a scope that needs consent was never granted */
	bool denied;          /* the person pressed deny or cancel */
};

enum authorize_step {
	AUTHORIZE_ISSUE,
	AUTHORIZE_LOGIN,
	AUTHORIZE_ACCOUNT,
	AUTHORIZE_MFA,
	AUTHORIZE_CONSENT,
	AUTHORIZE_REDIRECT, /* to where an action sends the person */
	AUTHORIZE_REFUSE,
	AUTHORIZE_STEPS,
};

struct authorize_decision {
	enum authorize_step step;
	const struct fault *fault; /* set when, and only when, refusing */
};

struct authorize_decision authorize_decide(const struct authorize_facts *);

/* Have rows 7 to 14 let it pass, so that actions are due (contract, section 8)? Looks at
 * nothing that actions, factors or grants say. */
bool authorize_reaches_actions(const struct authorize_facts *);

/* Whether the request counts as use of the session: its idle time slides (contract 8: from row
 * 13 on). */
bool authorize_session_is_used(const struct authorize_facts *);
