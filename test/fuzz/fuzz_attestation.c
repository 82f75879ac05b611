/* SPDX-License-Identifier: Apache-2.0 */
/* The CBOR around a new WebAuthn credential. */
#include "fuzz.h"
#include "login/factor/attestation.h"

static void fuzz_input(struct arena *a, struct str text)
{
	struct attestation got;

	if (attestation_read(a, text, &got) != OK)
		return;
	assert(got.format.n > 0 && got.auth_data.n > 0);
	assert(got.format.n + got.auth_data.n + got.signature.n < text.n);
}
