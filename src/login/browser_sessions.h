/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * browser_sessions: who is signed in in this browser, and the one cookie that says so. The
 * cookie is shared by all sessions of the browser, so it lasts as long as the longest of them.
 */

#include "http/request.h"
#include "http/response.h"
#include "store/session.h"
#include "tenant/browser.h"

struct browser_sessions {
	struct str digest; /* of the cookie; empty: no well-formed one came */
	struct session list[SESSIONS_PER_BROWSER];
	size_t count;
};

/* ERR_STORE */
enum err browser_sessions_find(const struct tenant *, const struct issuer *,
	const struct http_request *, struct str client_id,
	struct browser_sessions *ret) MUST_CHECK;

/* Neither ended nor past its lifetimes: its own or the settings', the lesser. */
bool session_is_live(const struct session *, const struct settings *, int64_t now);

/* The live session of that user, or NULL. */
const struct session *browser_sessions_of(const struct browser_sessions *,
	const struct settings *, struct str user_id, int64_t now);

/* Max-Age of the cookie for these sessions: -1 when none outlives the browser. */
int64_t browser_cookie_age(
	const struct session *list, size_t count, const struct settings *, int64_t now);

/* Somebody signed in or out in this browser: its scripts can see that something changed
 * (tenant/browser.h). */
void browser_state_renew(const struct issuer *, const struct http_request *,
	struct http_response *, int64_t max_age);
