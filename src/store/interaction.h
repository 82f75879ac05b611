/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * interaction: an authorization request that waits for a person. It is where oidc/ and
 * login/ meet: oidc inserts it and sends the browser to a page; the page records what the
 * person answered and sends the browser back to /authorize/resume, where the decision is
 * asked again. A silent request never makes one.
 *
 * The id travels in URLs and forms; rows are keyed by its SHA-256. `binding` is the SHA-256
 * of a cookie that the browser got with the first page, so that a link copied to another
 * browser is of no use there.
 */

#include "base/arena.h"
#include "db/db.h"

/* What a request may ask to be shown (prompt), and what a page has answered. */
enum prompt_bit {
	PROMPT_NONE = 1,
	PROMPT_LOGIN = 2,
	PROMPT_SELECT_ACCOUNT = 4,
	PROMPT_CONSENT = 8,
	PROMPT_CREATE = 16,
	ANSWERED_MFA = 32,
};

/*
 * `data` is the JSON object by which oidc tells the pages what they need, without OAuth:
 *   client_name logo_uri policy_uri tos_uri   what to show of the client (all optional)
 *   login_hint ui_locales screen_hint         as the request had them; screen_hint is
 *                                             "signup" for prompt=create too
 *   redirect_origin                           for the page's CSP: form-action
 * ("https://app.example", "com.app:") subject                                   only this
 * user_id may sign in (a hint, re-authentication); optional scopes [{value, description}]
 * consent: what is asked newly audience, audience_name                   consent user_id
 * consent: who is asked may_remember                   mfa: offer to remember this browser
 * mfa_after                       mfa: a proof before that time (seconds) does not count.
 * device                              base64url of the device_grant's key that this lets in:
 *                                     set by /activate, kept by oidc
 * Pages may add members of their own that begin with "page_".
 */
struct interaction {
	struct str key;       /* SHA-256 of the id */
	struct str binding;   /* SHA-256 of the browser's cookie */
	struct str client_id; /* empty: a page of the person's own asks for a sign-in */
	struct str request;   /* the authorization request, as a query string; without a client
				 the path to come back to */
	struct str issuer;    /* the issuer that was asked */
	struct str page;      /* the page that is due: "login", "account", "consent", … */
	unsigned answered;    /* of enum prompt_bit: pages done */
	int64_t login_at;     /* when credentials were proven within this interaction; 0: not */
	struct str sid;       /* the session that was signed in or chosen; may be empty */
	bool denied;          /* the person pressed deny or cancel */
	struct str data;      /* JSON object of the pages' own */
	int64_t created_at;
	int64_t expires_at;
};

enum err interaction_insert(struct db_conn *, const struct interaction *) MUST_CHECK;
/* ERR_NOT_FOUND  never made, finished, or expired at `now` */
enum err interaction_find(struct db_conn *, struct arena *, struct str key, int64_t now,
	struct interaction *ret) MUST_CHECK;
/* Replaces page, answered, login_at, sid, denied and data. ERR_NOT_FOUND */
enum err interaction_update(struct db_conn *, const struct interaction *) MUST_CHECK;
/* Ends it: at most one caller gets OK. ERR_NOT_FOUND */
enum err interaction_take(struct db_conn *, struct str key) MUST_CHECK;
enum err interaction_prune(
	struct db_conn *, int64_t now, size_t max, int64_t *ret_deleted) MUST_CHECK;
/* The oldest of more than `most`, at most `max` of them. Counts all. */
enum err interaction_prune_oldest(
	struct db_conn *, int64_t most, size_t max, int64_t *ret_deleted) MUST_CHECK;
