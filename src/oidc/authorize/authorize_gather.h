/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_gather: looks up what the decision wants to know: the browser's sessions, which
 * of them is meant, its age, the user, factors and grants. The only place of the
 * authorization endpoint that reads the store: one point read for most silent requests.
 */

#include "http/request.h"
#include "oidc/authorize/authorize_check.h"
#include "oidc/authorize/authorize_claims.h"
#include "oidc/authorize/authorize_decide.h"
#include "oidc/authorize/storage_access.h"
#include "oidc/token/id_token_hint.h"
#include "tenant/action_hook.h"

/* What actions asked for (wire document, 4.3). Absent strings: nothing. */
struct authorize_wish {
	struct str by;     /* the action that decided */
	struct str denial; /* why it denied */
	struct str url;    /* where it sends the person */
	struct str carry;  /* JSON: how to go on when they are back */
	struct str json;   /* all of it, to be kept with the interaction */
	struct str mfa;    /* JSON {"provider", "allow_remember", "factors"}: a second factor */
	struct str id_claims;     /* JSON object: custom claims of the id_token */
	struct str access_claims; /* … and of the access token */
	struct str challenge;     /* JSON {"factors", "accepted"}: before the run goes on */
	struct str refresh;       /* JSON: what to keep with a refresh token that comes of it */
	struct str cookie_mode;   /* what was written now: "persistent", "non-persistent" */
};

/* What was found: facts are made of it, and what is issued. Lives in the request's arena. */
struct authorize_found {
	struct session sessions[SESSIONS_PER_BROWSER];
	size_t session_count;
	const struct session *session; /* the one meant, or NULL */
	struct storage_access_verdict access;
	struct str scope;           /* what may be issued */
	struct str missing_scope;   /* of it, what was never consented to */
	struct authorize_wish wish; /* what actions want; authorize_action.h fills it in */
	struct action_call *action; /* as they were asked, where they were; its own too */
	bool may_remember_browser;  /* the page may offer it: authorize_mfa.h */
	struct str remembered;      /* the browser's digest, where it excused from the factor */
	int64_t remembered_used_at; /* when that was written down last */
};

/*
 * `interaction` is NULL for a request that comes straight from the client; `hint` is empty
 * when there is none. ERR_STORE
 */
enum err authorize_gather(const struct authorize_subject *, const struct http_request *,
	const struct interaction *, const struct id_token_hint *hint,
	struct authorize_found *ret_found, struct authorize_facts *ret_facts) MUST_CHECK;

/*
 * Which of found->scope was never consented to. Apart from the rest, since actions may add
 * scopes and take them away. ERR_STORE
 */
enum err authorize_gather_grant(const struct authorize_subject *, struct authorize_found *,
	struct authorize_facts *) MUST_CHECK;
