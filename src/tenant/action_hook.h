/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * action_hook: how the protocol asks for the bound actions to be run, without knowing how:
 * oidc describes the request as an event and gets back what the actions want. serve fills
 * struct provider's pointer in; src/actions/ is behind it.
 */

#include "tenant/tenant.h"

struct actions; /* actions/actions.h */
struct action_pending;
struct http_wait; /* http/request.h */

struct action_call {
	struct arena *arena;
	const struct tenant *tenant;
	const struct pipeline *pipeline; /* of the tenant's: which trigger */
	struct str event;                /* JSON: `event` without secrets */
	struct str carry; /* what an earlier run gave to be carried across what interrupted it,
			     or empty */
	bool silent;      /* nobody is there: no redirect, and no write unless asked for */
	struct str request_id;
	struct str client_id;
	struct str user_id;
	struct str sid;
	struct str family_id; /* of the refresh token that is exchanged; empty: none is */
	struct str ip;
	int64_t now;
	int64_t now_ms;
	struct http_wait *wait;         /* NULL: the caller may block */
	struct action_pending *pending; /* NULL; kept here from ERR_WAIT on */
};

struct action_result {
	bool failed;   /* it crashed, hung, threw or flooded; the log of actions says more */
	struct str by; /* the action that failed, denied or redirects */
	struct str deny_code; /* with which error, where the trigger lets them say; or empty */
	struct str deny;      /* the text, or empty */
	bool ends_token;      /* the refresh token that was to be exchanged was revoked */
	struct str url;       /* where the person is sent, or empty */
	struct str challenge; /* JSON {"factors", "accepted"}: of which one is to be proven
				 before the run goes on; or empty */
	struct str carry;     /* to hand in again when they are back */
	struct str wish;      /* JSON: what the tokens and the next pages have to follow */
};

/*
 * Runs them, in their order. May block as long as the pipeline's time limit allows. What they
 * want of the user's row and the session is written before this returns, unless a person is
 * sent away or challenged first.
 *
 * Where the call has a `wait`, nothing blocks:
 * ERR_WAIT         begun; to be called again, with the same call, once wait->done was called
 * ERR_WOULD_BLOCK  to be called again, with the same call, without `wait`. Nothing is run
 *                  twice by that
 *
 * ERR_BUSY   too many slow runs are under way
 * ERR_STORE  what they wanted could not be written
 */
typedef enum err action_run_fn(
	struct actions *, struct action_call *, struct action_result *ret);

/*
 * A tenant was loaded, the first time or anew: what runs its actions is made ready before
 * anybody signs in, and what ran those that it no longer has comes to an end.
 */
typedef void action_follow_fn(struct actions *, const struct tenant *);
