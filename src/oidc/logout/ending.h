/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ending: what the log-out endpoints share: the browser's live sessions, their end with the
 * refresh tokens that live by them, and the answers for a person.
 */

#include "http/request.h"
#include "http/response.h"
#include "oidc/fault.h"
#include "store/session.h"
#include "tenant/provider.h"

struct ending {
	struct provider *op;
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct http_request *rq;
	struct http_response *rs;
	struct str client_id; /* who asks, or empty */
	struct session live[SESSIONS_PER_BROWSER];
	size_t live_count;
	struct str ended[SESSIONS_PER_BROWSER]; /* their sids */
	size_t ended_count;
	bool has_cookie;
};

/* Everything but rs and client_id. ERR_STORE */
enum err ending_open(struct provider *, const struct tenant *, const struct http_request *,
	struct ending *ret) MUST_CHECK;

/*
 * Ends these sessions durably, records an slo for each, and deletes the browser's cookie
 * when no live session is left. ERR_BUSY, ERR_STORE
 */
enum err ending_end(struct ending *, const struct session *, size_t count) MUST_CHECK;

/* The same for one that a page ended already: only what follows from it here. */
void ending_note(struct ending *, struct str sid);

/* Deletes the session cookie if the browser has one. */
void ending_forget_cookie(struct ending *);

/* Is `url` one of the entries, byte for byte? */
bool ending_lists(struct str_list, struct str url);

/* A page that says why not (status 400), an flo and a trace. */
void ending_refuse(struct ending *, const struct fault *, struct str url);

/*
 * To `url` with `state` (may be empty) appended, or a page that says "signed out": by way of it
 * in any case where applications are to be told in frames that these sessions ended.
 * ERR_STORE
 */
enum err ending_leave(
	struct ending *, struct str url, struct str state, struct str ui_locales) MUST_CHECK;

/* "OK" and nothing else, as /v2/logout answers where there is nowhere to go; or the page, as
 * above. ERR_STORE */
enum err ending_ok(struct ending *) MUST_CHECK;

/* The URL is not registered: names it. */
const struct fault *ending_url_mismatch(struct arena *, struct str url);
