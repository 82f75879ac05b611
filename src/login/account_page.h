/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * account_page: what the pages of accounts share. They work inside an interaction (state=ID:
 * then they lead back to its sign-in) and without one, as when a mailed link is opened on
 * another device.
 */

#include "login/flow.h"

enum account_notice {
	NOTICE_RESET_SENT,
	NOTICE_LINK_USED, /* used, too old, or never made */
	NOTICE_PASSWORD_CHANGED,
	NOTICE_SIGN_UP_SENT,
	NOTICE_VERIFIED,
	NOTICE_EXISTS, /* somebody made the account meanwhile */
	NOTICE_ACCOUNT_DELETED,
	NOTICES
};

/* The request with its interaction where it has one that is this browser's and waits for a
 * sign-in; else without. A POST whose form token is not one of `step` is FLOW_STALE. ERR_STORE
 */
enum err account_page_open(struct provider *, const struct tenant *,
	const struct http_request *, const char *step, struct flow *ret) MUST_CHECK;

/* A page with one sentence, and the way on. */
void account_page_notice(const struct flow *, enum account_notice, struct http_response *);

/* Where signing in goes on: the interaction's page, or the person's own page. */
struct str account_page_login_uri(const struct flow *);

/* Is there a page to sign up? Only where a letter can be sent, or none is needed. */
bool account_page_has_sign_up(const struct flow *);
