/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * attestation: what came with a new credential (WebAuthn Level 3, 6.5.4) to say which make of
 * authenticator made it, and whether it was signed.
 *
 * We ask for none ("attestation":"none"), and which make it is decides nothing here. Some send
 * a statement all the same: older browsers, managed ones, the authenticators of a platform.
 * So a statement is verified where its format is one signature ("packed", with a certificate
 * or by the credential itself, and "fido-u2f"; 7.1, steps 21 and 22), and refused when that is
 * wrong. Whom the certificate belongs to, who issued it and until when is not looked at: its
 * credential counts as one that vouches for itself, as the note at 7.1, step 28 allows.
 *
 * A statement of another format ("tpm", "android-key", "apple", "compound", those to come) is
 * not read at all, and its credential counts as one without (7.1, step 24: it is for the
 * relying party to say whether None will do, and here it does). Refusing it would shut people
 * out, and keep nobody out: a statement is not bound to anything that could not be sent with
 * "none" in its place.
 */

#include <stdbool.h>

#include "login/factor/authenticator_data.h"

struct attestation {
	struct str format;      /* "none", "packed", … */
	struct str auth_data;   /* bytes */
	bool is_empty;          /* nothing is stated */
	int64_t alg;            /* of the statement; 0: none */
	struct str signature;   /* empty: none */
	bool has_certificate;   /* "x5c" is there */
	struct str certificate; /* the first, DER; empty: none */
};

/* ERR_INVALID  not that map, or with anything behind it. What *ret names is in the arena. */
enum err attestation_read(struct arena *, struct str cbor, struct attestation *ret) MUST_CHECK;

/* May the credential be taken, as said above? `data` is auth_data, read. */
bool attestation_holds(struct arena *, const struct attestation *,
	const struct authenticator_data *, struct str client_data);
