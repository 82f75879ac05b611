/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mfa: /u/mfa, taken apart. Whoever has a factor is asked for it; whoever has none is led
 * through enrolment, which proves the new one. Either way the session, not the request, gets
 * the method: it is asked once.
 *
 * A code by e-mail needs no enrolment: a confirmed address is enough, and an address that is
 * not is confirmed by the first code.
 *
 * mfa.c reads and judges, mfa_kinds.c chooses, mfa_draft.c keeps what is enrolled, mfa_mail.c
 * mails codes, mfa_show.c shows, mfa_write.c writes.
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
	MFA_FLOODED,   /* too many codes were mailed */
	MFA_TROUBLES
};

struct mfa {
	struct flow flow;
	struct session session; /* of whom is asked, in this browser */
	struct user user;
	struct factor *factors;
	size_t count;
	const struct json *named;       /* the types that an action names, or NULL */
	bool by_mail;                   /* a code by e-mail is a factor of theirs */
	bool enrolling;                 /* they have none */
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

/* Which step a form of the page belongs to. */
const char *mfa_step(const struct mfa *);

/* Fills in what they have and may use, once user and factors are known. */
void mfa_kinds_read(struct mfa *);
/* Is it one of theirs that may be asked for, or, who has none, set up? */
bool mfa_offers(const struct mfa *, const struct factor_kind *);
/* The one that is wanted, if it is offered; else the one that was used last; else the first. */
const struct factor_kind *mfa_choose(const struct mfa *, struct str wanted);

/* ERR_INVALID  none yet, or another person's */
enum err mfa_draft_read(const struct mfa *, struct mfa_draft *ret) MUST_CHECK;
/* Makes one and keeps it, so that a page that is shown again shows the same secret.
 * ERR_NOT_FOUND  the interaction is gone */
enum err mfa_draft_make(struct mfa *, struct mfa_draft *ret) MUST_CHECK;
/* The row's data without it. */
struct str mfa_draft_drop(const struct mfa *);

/* What was mailed last for this interaction; *ret.binding is empty when nothing was. */
struct email_code mfa_mailed(const struct mfa *);
/*
 * Mails a code, in place of the one before.
 * ERR_CONFLICT   as many as may be were mailed lately
 * ERR_NOT_FOUND  the interaction is gone
 */
enum err mfa_mail_send(struct mfa *) MUST_CHECK;
/* The same, unless there was one for this interaction. */
enum err mfa_mail_begin(struct mfa *) MUST_CHECK;
/* One was used: its network may ask for as many again. Inside the db_write of the proof. */
enum err mfa_mail_used(struct db_conn *, const struct mfa *) MUST_CHECK;

/* The bytes a browser signs at that step of the interaction. */
struct str mfa_webauthn_challenge(const struct flow *, const char *step);
struct factor_question mfa_question(const struct mfa *, const char *step);

void mfa_show_challenge(const struct mfa *, struct http_response *);
/* For a code by e-mail, whose enrolment is no other, mfa_show_challenge.
 * ERR_INVALID  the names are too long for a QR code */
enum err mfa_show_enroll(
	const struct mfa *, const struct mfa_draft *, struct http_response *) MUST_CHECK;

/* What is written in one go when the person has proven themselves. */
struct mfa_outcome {
	struct mfa *mfa;
	const struct attempts *attempts;
	const struct factor_proof *proof; /* a factor of theirs, or NULL */
	const struct factor *fresh;       /* or a new one, */
	const struct factor *fresh_codes; /* with its recovery codes, or NULL */
	bool remember;
};

/*
 * Writes, sets the cookie of a remembered browser, and sends the browser to the decision.
 * ERR_CONFLICT         the answer was used in between, or there is a factor by now
 * ERR_BUSY, ERR_STORE  nothing was done
 */
enum err mfa_finish(const struct mfa_outcome *, struct http_response *) MUST_CHECK;
