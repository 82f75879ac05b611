/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * attestation: the CBOR around a new credential (WebAuthn Level 3, 6.5.4), taken apart. It
 * judges nothing; the authenticator data inside is libfido2's to read.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Is every length in these CBOR items (none at all, too) of definite size and within what is
 * there? libcbor allocates what a length promises before it looks, so ask this first.
 */
bool cbor_is_plausible(struct str);

struct attestation {
	struct str format;    /* "none", "packed", … */
	struct str auth_data; /* bytes */
	struct str signature; /* of the statement; empty: none */
	int64_t alg;          /* of the statement; 0: none */
	bool has_certificate;
};

/* ERR_INVALID  not that map, or with anything behind it. What *ret names is in the arena. */
enum err attestation_read(struct arena *, struct str cbor, struct attestation *ret) MUST_CHECK;
