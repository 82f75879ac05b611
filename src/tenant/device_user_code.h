/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * device_user_code: what a device shows and a person types on another one (RFC 8628, 6.1):
 * letters that nobody takes for others and that make no words, or digits, in the shape of
 * the tenant's device_flow.mask. About 34 bits; the page that takes them counts guesses.
 */

#include "crypto/seal.h"
#include "tenant/settings.h"

/* A new one, in the shape that is shown: "WDJB-MJHT". */
struct str device_user_code_make(struct arena *, const struct settings *);

/* In that shape again, however it was typed: any case, with or without blanks and dashes. */
struct str device_user_code_shape(struct arena *, const struct settings *, struct str typed);

/* What its row is found by. The empty string when it is no such code at all. */
struct str device_user_code_key(
	const struct seal *, struct arena *, const struct settings *, struct str typed);

/* For settings.c: the fault of a mask, or NULL. */
const char *device_user_code_check_mask(struct arena *, struct str mask);
/* Are there places enough in it for that many digits (else letters)? */
bool device_user_code_is_long_enough(struct str mask, bool digits);
