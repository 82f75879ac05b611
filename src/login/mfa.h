/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mfa: /u/mfa, taken apart. Whoever has a factor is asked for it; whoever has none is led
 * through enrolment, which proves the new one. Either way the session, not the request, gets
 * the method: it is asked once.
 *
 * mfa.c reads and judges, mfa_show.c shows, mfa_write.c writes.
 */

#include "login/attempts.h"
#include "login/factor/factor.h"
#include "login/flow.h"
#include "store/session.h"
#include "store/user.h"

enum mfa_trouble {
	MFA_FINE,
	MFA_WRONG,
	MFA_USED,
	MFA_LIMITED,
	MFA_KEY_WRONG, /* WebAuthn */
	MFA_TROUBLES
};

struct mfa {
	struct flow flow;
	struct session session; /* of whom is asked, in this browser */
	struct user user;
	struct factor *factors;
	size_t count;
	const struct factor_kind *kind; /* the one that is asked for or enrolled now */
	enum mfa_trouble trouble;
	int64_t retry_after; /* seconds, for MFA_LIMITED */
};

/* What a new factor is made of until it is proven: kept sealed with the interaction. */
struct mfa_draft {
	struct str secret;
	struct str codes[RECOVERY_CODES];
};

/* The steps that a form's token names. */
#define MFA_STEP_CHALLENGE "mfa"
#define MFA_STEP_ENROLL    "mfa.enroll"

/* The bytes a browser signs at that step of the interaction. */
struct str mfa_webauthn_challenge(const struct flow *, const char *step);
struct factor_question mfa_question(const struct mfa *, const char *step);

void mfa_show_challenge(const struct mfa *, struct http_response *);
/* ERR_INVALID  the names are too long for a QR code */
enum err mfa_show_enroll(
	const struct mfa *, const struct mfa_draft *, struct http_response *) MUST_CHECK;

/* What is written in one go when the person has proven themselves. */
struct mfa_outcome {
	struct mfa *mfa;
	const struct attempts *attempts;
	const struct factor_proof *proof; /* a factor of theirs, or NULL */
	const struct factor *fresh;       /* or a new one, */
	const struct factor *fresh_codes; /* with its recovery codes */
	bool remember;
};

/*
 * Writes, sets the cookie of a remembered browser, and sends the browser to the decision.
 * ERR_CONFLICT         the answer was used in between, or there is a factor by now
 * ERR_BUSY, ERR_STORE  nothing was done
 */
enum err mfa_finish(const struct mfa_outcome *, struct http_response *) MUST_CHECK;
