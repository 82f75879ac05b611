/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session_choice: of the accounts signed in in one browser, which one does this request
 * mean? And in what state is it? Pure: walked over its whole input space by
 * test/unit/test_session_choice.c. An app never silently changes its user: a name (the
 * person's own choice, then a hint) decides before habit, and habit (last used by this
 * client) before the only one there is; several and no habit is ambiguous.
 *
 * Contract, section 4, rows 7 to 12.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/session.h"
#include "tenant/settings.h"

enum session_state {
	SESSION_NONE,            /* no cookie */
	SESSION_COOKIES_BLOCKED, /* no cookie, and the browser says that it withheld it */
	SESSION_UNKNOWN,         /* a genuine cookie without a row */
	SESSION_REVOKED,
	SESSION_IDLE,
	SESSION_EXPIRED,
	SESSION_LIVE,
	SESSION_STATES,
};

/* LIVE, IDLE, EXPIRED or REVOKED at `now`. Lifetimes: the session's own or the settings', the
 * lesser. */
enum session_state session_state_at(
	const struct session *, const struct settings *, int64_t now);

/* Seconds from `now` until the session ends by itself, and until it idles out. */
int64_t session_ends_in(const struct session *, const struct settings *, int64_t now);
int64_t session_idles_in(const struct session *, const struct settings *, int64_t now);

/* What the request says about whom it means; empty: nothing. */
struct session_names {
	struct str sid;        /* chosen or signed in within this interaction */
	struct str hint_sub;   /* of a good id_token_hint */
	struct str login_hint; /* only when it is somebody's user_id */
};

struct session_choice {
	enum session_state state;
	const struct session *session; /* the one meant; NULL when there is none */
	bool differs;                  /* somebody is named who is not signed in here */
	bool ambiguous;                /* several are signed in, none named, none last used */
};

struct session_choice session_choose(const struct session *, size_t count,
	const struct settings *, int64_t now, const struct session_names *);
