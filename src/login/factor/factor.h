/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * factor: what a person can prove themselves by beside the password. One file each kind; each
 * fills a struct factor_kind. A kind judges an answer without changing anything; what it found
 * is written by factor_proof_write, in one db_write with what it opens, so that no answer
 * counts twice.
 *
 * Nothing here knows pages or interactions: /u/mfa and the user's own page both call it.
 * Whoever calls it counts wrong answers (login/attempts.h).
 */

#include "store/factor.h"
#include "store/user.h"
#include "tenant/provider.h"

/* What a wrong answer is asked about. */
struct factor_question {
	const struct tenant *tenant;
	const struct issuer *issuer; /* WebAuthn: the relying party */
	struct arena *arena;
	const struct factor *factors; /* the user's */
	size_t count;
	struct str challenge;            /* WebAuthn: the bytes that the browser was given */
	const struct email_code *mailed; /* by e-mail: what was mailed last; NULL: nothing */
	int64_t now;
};

/* A good answer, not yet written. */
struct factor_proof {
	const struct factor *factor; /* NULL: it has no row, but a ticket */
	struct str ticket;           /* by e-mail: the code's; it is used up */
	int64_t step;                /* TOTP: the time step of the code */
	struct str data;             /* the row's new data; empty: unchanged */
	bool is_user_verified;       /* WebAuthn: by PIN or biometry */
};

struct factor_kind {
	const char *name;   /* in forms and URLs: "otp" */
	const char *types;  /* what actions call it, space separated; auth0-wire, 4.3 */
	unsigned bit;       /* of enum factor_bit: may it be set up? */
	const char *method; /* the `type` that the session keeps; auth0-wire, 4.3 */
	bool (*owns)(const struct factor *);
	/*
	 * ERR_NOT_FOUND  wrong
	 * ERR_CONFLICT   right, but used already
	 */
	enum err (*judge)(
		const struct factor_question *, struct str answer, struct factor_proof *ret);
};

extern const struct factor_kind totp_kind;
extern const struct factor_kind recovery_code_kind;
extern const struct factor_kind webauthn_kind;
/* Has no rows: a confirmed address is enough. */
extern const struct factor_kind email_code_kind;

/* The kind of that name, or NULL; the kinds in the order in which they are offered, until
 * NULL. */
const struct factor_kind *factor_kind(struct str name);
const struct factor_kind *factor_kind_at(size_t);

/* Does the user have one that can be asked for? Recovery codes alone are none. */
bool factor_has_kind(const struct factor *, size_t count, const struct factor_kind *);
bool factor_has_any(const struct factor *, size_t count);

/* Inside a db_write. ERR_CONFLICT  the answer was used in between */
enum err factor_proof_write(
	struct db_conn *, const struct factor_proof *, int64_t now) MUST_CHECK;

/* --- enrolment: each makes a row, to be inserted (confirmed) by the caller --- */

/* 20 random bytes (RFC 4226, 4: R6 recommends 160 bits). */
struct str totp_secret_new(struct arena *);
/* What an authenticator app reads from the QR code; `account` and `site` are shown there. */
struct str totp_uri(struct arena *, struct str site, struct str account, struct str secret);
/* The step that `code` fits at `now`, give or take one. ERR_NOT_FOUND */
enum err totp_fits(
	struct str secret, struct str code, int64_t now, int64_t *ret_step) MUST_CHECK;
struct factor totp_factor(const struct tenant *, struct arena *, struct str user_id,
	struct str secret, int64_t step, int64_t now);

enum { RECOVERY_CODES = 10 };

/* Fresh codes as they are shown, "ABCDE-FGHJK". */
void recovery_codes_new(struct arena *, struct str ret[RECOVERY_CODES]);
/* The one row that keeps their digests; in place of the user's earlier one. */
struct factor recovery_codes_factor(const struct tenant *, struct arena *, struct str user_id,
	const struct str codes[RECOVERY_CODES], int64_t now);
enum err recovery_codes_replace(
	struct db_conn *, struct arena *, const struct factor *) MUST_CHECK;
/* How many are left. */
size_t recovery_codes_left(struct arena *, const struct factor *);

/*
 * A code by e-mail. It is good once, for EMAIL_CODE_SECONDS, for that user at that address, and
 * for who shows `binding`, which no two mails share: of several the last one counts.
 */
struct email_code {
	struct str user_id;
	struct str address;
	struct str binding;
};

/* How many may be mailed in an hour and not be used, for requests from one network and in all.
 * Two counts, so that who knows a password does not use up what its owner may ask for. */
enum { EMAIL_CODE_SECONDS = 600, EMAIL_CODES_PER_NETWORK = 6, EMAIL_CODES_IN_ALL = 24 };
#define EMAIL_CODE_TICKET "mfa_code"

/* Six digits. */
struct str email_code_new(struct arena *);
/* The key of the ticket that stands for it. */
struct str email_code_key(
	const struct tenant *, struct arena *, const struct email_code *, struct str code);
/* May it be mailed to this user: is it switched on, is there a server, and an address? */
bool email_code_is_possible(
	const struct provider *, const struct tenant *, const struct user *);
/*
 * Is it a factor of theirs? The address must be confirmed; and whoever reads the mail could
 * reset the password too, so it does not stand beside a stronger factor, unless the tenant says
 * so (email_factor_beside_others).
 */
bool email_code_stands(const struct provider *, const struct tenant *, const struct user *,
	const struct factor *, size_t count);

/*
 * WebAuthn (Level 3). The options are JSON for navigator.credentials, binary values in
 * base64url, as PublicKeyCredentialCreationOptionsJSON and …RequestOptionsJSON have them.
 */
struct webauthn_user {
	struct str user_id;
	struct str name; /* the e-mail address: shown in the browser's list */
	struct str display_name;
};

struct str webauthn_creation_options(
	const struct factor_question *, const struct webauthn_user *);
/* `with_ids` false: for whoever has a passkey, before anybody said who they are. */
struct str webauthn_request_options(const struct factor_question *, bool with_ids);

/*
 * The row of a new credential; `answer` is its RegistrationResponseJSON.
 * ERR_INVALID  not an answer to that challenge, or of a kind that we do not accept
 */
enum err webauthn_factor(const struct factor_question *, struct str user_id, struct str answer,
	struct factor *ret) MUST_CHECK;

/* Which row an AuthenticationResponseJSON is about: for factor_find. ERR_INVALID */
enum err webauthn_factor_id(struct arena *, struct str answer, struct str *ret) MUST_CHECK;
/* Is its userHandle (if there is one) that user's? */
bool webauthn_names_user(struct arena *, struct str answer, struct str user_id);

/* SVG path data of a QR code and its width in modules. ERR_INVALID  too long for one */
enum err qr_path(
	struct arena *, struct str text, struct str *ret_path, int *ret_width) MUST_CHECK;
