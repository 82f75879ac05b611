/* SPDX-License-Identifier: Apache-2.0 */
/* What an authenticator signs, and the key in it. */
#include "fuzz.h"
#include "login/factor/authenticator_data.h"

static void fuzz_input(struct arena *a, struct str text)
{
	struct authenticator_data got;

	if (authenticator_data_read(a, text, &got) != OK)
		return;
	assert(got.credential_id.n < text.n);
	assert(got.credential_id.n == 0 || cose_key_is_sound(&got.key));
}
