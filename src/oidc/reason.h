/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * reason: the stable word that says why, finer than the standard's error codes. Each has a
 * row in reason.c, and its words in the dictionaries of the pages (reason.WORD.title,
 * .happened and .remedy, in every language); from both come /why/REASON and, in English,
 * docs/errors/REASON.md.
 */

#include "base/str.h"

enum reason {
	REASON_NONE, /* success */
	/* The rows of the contract's section 4, in its order. */
	REASON_CLIENT_UNKNOWN,
	REASON_REDIRECT_URI_MISMATCH,
	REASON_ORIGIN_NOT_REGISTERED,
	REASON_HINT_WITHOUT_NONE,
	REASON_REQUEST_INVALID,
	REASON_HINT_INVALID,
	REASON_NO_SESSION,
	REASON_COOKIES_BLOCKED,
	REASON_SESSION_UNKNOWN,
	REASON_SESSION_REVOKED,
	REASON_SESSION_IDLE,
	REASON_SESSION_EXPIRED,
	REASON_SUBJECT_MISMATCH,
	REASON_ACCOUNT_AMBIGUOUS,
	REASON_MAX_AGE,
	REASON_USER_BLOCKED,
	REASON_ACTION_DENIED,
	REASON_ACTION_REDIRECT,
	REASON_ACTION_FAILED,
	REASON_MFA_REQUIRED,
	REASON_CONSENT_MISSING,
	/* Interactive. */
	REASON_USER_DENIED,
	REASON_INTERACTION_EXPIRED,
	REASON_LOGIN_LOOP,
	REASON_REDIRECT_LOOP,
	/* Requests that come another way. */
	REASON_REQUEST_OBJECT_INVALID,
	REASON_REQUEST_URI_INVALID,
	REASON_REGISTRATION_INVALID,
	/* The token endpoint and those behind it. */
	REASON_CLIENT_AUTHENTICATION,
	REASON_GRANT_NOT_ALLOWED,
	REASON_CODE_INVALID,
	REASON_CODE_EXPIRED,
	REASON_CODE_REUSED,
	REASON_CODE_MISMATCH,
	REASON_PKCE_FAILED,
	REASON_REFRESH_INVALID,
	REASON_REFRESH_EXPIRED,
	REASON_REFRESH_REUSED,
	REASON_REFRESH_REVOKED,
	REASON_SESSION_ENDED,
	REASON_DEVICE_PENDING,
	REASON_DEVICE_TOO_FAST,
	REASON_DEVICE_EXPIRED,
	REASON_DEVICE_CODE_INVALID,
	REASON_TOKEN_INVALID,
	REASON_DPOP_PROOF_INVALID,
	REASON_DPOP_NONCE_REQUIRED,
	REASON_KEY_MISMATCH,
	REASON_ENCRYPTION_KEY_MISSING,
	REASON_LOGOUT_URL_MISMATCH,
	/* The server. */
	REASON_TOO_MANY_REQUESTS,
	REASON_TEMPORARILY_UNAVAILABLE,
	REASON_SERVER_ERROR,
	REASONS,
};

struct reason_row {
	const char *word;    /* "no_session" */
	const char *error;   /* the OAuth code it travels with */
	const char *setting; /* the setting to change, or "" */
};

const struct reason_row *reason_row(enum reason);
const char *reason_word(enum reason); /* "none" for REASON_NONE */
/* REASONS when there is no such word. */
enum reason reason_from(struct str word);

/*
 * A short heading, what happened, and what to do, to a developer, in a language of
 * page/text.h. Static. `Backquotes` mark names, as Markdown has them.
 */
struct str reason_title(enum reason, struct str locale);
struct str reason_happened(enum reason, struct str locale);
struct str reason_remedy(enum reason, struct str locale);
