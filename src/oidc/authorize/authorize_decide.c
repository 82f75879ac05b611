/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_decide.h"

#include <assert.h>

typedef struct authorize_facts facts;

#define LOGIN_REQUIRED(word)                                      \
	{                                                         \
		"login_required", STR_LIT("Login required"), word \
	}

static const struct fault no_session = LOGIN_REQUIRED(REASON_NO_SESSION);
static const struct fault cookies_blocked = LOGIN_REQUIRED(REASON_COOKIES_BLOCKED);
static const struct fault session_unknown = LOGIN_REQUIRED(REASON_SESSION_UNKNOWN);
static const struct fault session_revoked = LOGIN_REQUIRED(REASON_SESSION_REVOKED);
static const struct fault session_idle = LOGIN_REQUIRED(REASON_SESSION_IDLE);
static const struct fault session_expired = LOGIN_REQUIRED(REASON_SESSION_EXPIRED);
static const struct fault subject_mismatch = LOGIN_REQUIRED(REASON_SUBJECT_MISMATCH);
static const struct fault too_old = LOGIN_REQUIRED(REASON_MAX_AGE);
static const struct fault account_ambiguous = {
	"account_selection_required",
	STR_LIT("Account selection required"),
	REASON_ACCOUNT_AMBIGUOUS,
};
static const struct fault user_blocked = {
	"unauthorized",
	STR_LIT("user is blocked"),
	REASON_USER_BLOCKED,
};
static const struct fault action_failed = {
	"server_error",
	STR_LIT("An action failed"),
	REASON_ACTION_FAILED,
};
static const struct fault action_denied = {
	"access_denied",
	STR_LIT("An action denied access"),
	REASON_ACTION_DENIED,
};
static const struct fault action_redirect = {
	"interaction_required",
	STR_LIT("External interaction required"),
	REASON_ACTION_REDIRECT,
};
static const struct fault mfa_required = {
	"login_required",
	STR_LIT("Multifactor authentication required"),
	REASON_MFA_REQUIRED,
};
static const struct fault consent_missing = {
	"consent_required",
	STR_LIT("Consent required"),
	REASON_CONSENT_MISSING,
};
static const struct fault user_denied = {
	"access_denied",
	STR_LIT("User did not authorize the request"),
	REASON_USER_DENIED,
};
static const struct fault cookie_not_kept = {
	"login_required",
	STR_LIT("The browser did not keep the sign-in cookie"),
	REASON_COOKIES_BLOCKED,
};

static bool asked(const facts *f, unsigned page)
{
	return (f->prompt & page) && !(f->answered & page);
}

static bool person_denied(const facts *f)
{
	return f->denied;
}

/* Signed in a moment ago and yet there is no session: another login would end as this one did.
 */
static bool still_signed_out(const facts *f)
{
	return f->just_signed_in && f->state != SESSION_LIVE;
}

static bool has_no_cookie(const facts *f)
{
	return f->state == SESSION_NONE;
}

static bool has_withheld_cookie(const facts *f)
{
	return f->state == SESSION_COOKIES_BLOCKED;
}

static bool is_unknown(const facts *f)
{
	return f->state == SESSION_UNKNOWN;
}

static bool is_revoked(const facts *f)
{
	return f->state == SESSION_REVOKED;
}

static bool is_idle(const facts *f)
{
	return f->state == SESSION_IDLE;
}

static bool is_expired(const facts *f)
{
	return f->state == SESSION_EXPIRED;
}

static bool still_differs(const facts *f)
{
	return f->differs && f->just_signed_in;
}

static bool differs(const facts *f)
{
	return f->differs;
}

static bool login_asked(const facts *f)
{
	return asked(f, PROMPT_LOGIN) || asked(f, PROMPT_CREATE);
}

static bool select_asked(const facts *f)
{
	return asked(f, PROMPT_SELECT_ACCOUNT);
}

static bool is_ambiguous(const facts *f)
{
	return f->ambiguous;
}

static bool is_too_old(const facts *f)
{
	return f->max_age >= 0 && f->auth_age > f->max_age && !f->just_signed_in;
}

/* max_age=0 means prompt=login (Core, 3.1.2.1), also within the second that saw a sign-in. */
static bool is_never_fresh(const facts *f)
{
	return f->max_age == 0 && !f->just_signed_in;
}

static bool is_blocked(const facts *f)
{
	return f->user_blocked;
}

static bool is_action_failed(const facts *f)
{
	return f->action_failed;
}

static bool is_action_denied(const facts *f)
{
	return f->action_denied;
}

static bool is_action_redirect(const facts *f)
{
	return f->action_redirect;
}

static bool is_mfa_due(const facts *f)
{
	return f->mfa_due;
}

static bool consent_asked(const facts *f)
{
	return asked(f, PROMPT_CONSENT);
}

static bool is_consent_missing(const facts *f)
{
	return f->consent_missing;
}

/*
 * Read from the top; the first rule that applies decides. Where the step is a page, the
 * fault is what a client that allowed no page hears instead.
 */
/* clang-format off */
static const struct rule {
	bool (*applies)(const facts *);
	enum authorize_step step;
	const struct fault *fault;
} rules[] = {
	{ person_denied,       AUTHORIZE_REFUSE,   &user_denied       },
	{ still_signed_out,    AUTHORIZE_REFUSE,   &cookie_not_kept   },
	{ has_no_cookie,       AUTHORIZE_LOGIN,    &no_session        }, /*  7 */
	{ has_withheld_cookie, AUTHORIZE_LOGIN,    &cookies_blocked   }, /*  8 */
	{ is_unknown,          AUTHORIZE_LOGIN,    &session_unknown   }, /*  9 */
	{ is_revoked,          AUTHORIZE_LOGIN,    &session_revoked   },
	{ is_idle,             AUTHORIZE_LOGIN,    &session_idle      }, /* 10 */
	{ is_expired,          AUTHORIZE_LOGIN,    &session_expired   },
	{ still_differs,       AUTHORIZE_REFUSE,   &subject_mismatch  },
	{ login_asked,         AUTHORIZE_LOGIN,    &too_old           },
	{ select_asked,        AUTHORIZE_ACCOUNT,  &account_ambiguous },
	{ differs,             AUTHORIZE_LOGIN,    &subject_mismatch  }, /* 11 */
	{ is_ambiguous,        AUTHORIZE_ACCOUNT,  &account_ambiguous }, /* 12 */
	{ is_too_old,          AUTHORIZE_LOGIN,    &too_old           }, /* 13 */
	{ is_never_fresh,      AUTHORIZE_LOGIN,    &too_old           },
	{ is_blocked,          AUTHORIZE_REFUSE,   &user_blocked      }, /* 14 */
	{ is_action_failed,    AUTHORIZE_REFUSE,   &action_failed     },
	{ is_action_denied,    AUTHORIZE_REFUSE,   &action_denied     }, /* 15 */
	{ is_action_redirect,  AUTHORIZE_REDIRECT, &action_redirect   }, /* 16 */
	{ is_mfa_due,          AUTHORIZE_MFA,      &mfa_required      }, /* 17 */
	{ consent_asked,       AUTHORIZE_CONSENT,  &consent_missing   },
	{ is_consent_missing,  AUTHORIZE_CONSENT,  &consent_missing   }, /* 18 */
};
/* clang-format on */

struct authorize_decision authorize_decide(const facts *f)
{
	assert(!(f->prompt & PROMPT_NONE) || f->prompt == PROMPT_NONE);

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *r = &rules[i];

		if (!r->applies(f))
			continue;
		if (r->step == AUTHORIZE_REFUSE || (f->prompt & PROMPT_NONE))
			return (struct authorize_decision){ AUTHORIZE_REFUSE, r->fault };
		return (struct authorize_decision){ r->step, NULL };
	}
	return (struct authorize_decision){ AUTHORIZE_ISSUE, NULL };
}

bool authorize_reaches_actions(const facts *f)
{
	facts before = *f;

	before.answered |= PROMPT_CONSENT;
	before.action_failed = false;
	before.action_denied = false;
	before.action_redirect = false;
	before.mfa_due = false;
	before.consent_missing = false;
	return authorize_decide(&before).step == AUTHORIZE_ISSUE;
}

bool authorize_session_is_used(const facts *f)
{
	return f->state == SESSION_LIVE && !f->differs && !f->ambiguous;
}
