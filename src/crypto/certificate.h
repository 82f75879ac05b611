/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * certificate: whom an X.509 certificate names (RFC 5280), as the authentication of clients
 * needs it (RFC 8705, 2.1.2). It takes DER that somebody else has verified: nothing here says
 * whether a certificate is to be believed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum certificate_name {
	CERTIFICATE_SUBJECT_DN,
	CERTIFICATE_SAN_DNS,
	CERTIFICATE_SAN_URI,
	CERTIFICATE_SAN_IP,
	CERTIFICATE_SAN_EMAIL,
	CERTIFICATE_NAMES,
};

/* Could a certificate have this name? NULL, or what it must be ("must be …"). A subject is
 * written as RFC 4514 has it; no wildcards. */
const char *certificate_name_check(enum certificate_name, struct str name);

/*
 * Does it have that name? A subject is compared as a whole, attribute by attribute, without
 * regard to case and runs of blanks (RFC 5280, 7.1); DNS names without regard to case; IP
 * addresses by value; the others byte for byte.
 */
bool certificate_names(struct str der, enum certificate_name, struct str name);

/* Is `now` within its validity? */
bool certificate_is_current(struct str der, int64_t now);

/* The first certificate of a PEM text, as DER. ERR_INVALID */
enum err certificate_read_pem(struct arena *, struct str pem, struct str *ret_der) MUST_CHECK;
