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

/* Deletes the session cookie if the browser has one. */
void ending_forget_cookie(struct ending *);

/* Is `url` one of the entries, byte for byte? */
bool ending_lists(struct str_list, struct str url);

/* A page that says why not (status 400), an flo and a trace. */
void ending_refuse(struct ending *, const struct fault *, struct str url);

/* To `url` with `state` (may be empty) appended, or a page that says "signed out". */
void ending_leave(struct ending *, struct str url, struct str state, struct str ui_locales);

/* The URL is not registered: names it. */
const struct fault *ending_url_mismatch(struct arena *, struct str url);
