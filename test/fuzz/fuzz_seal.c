/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What browsers carry for us and may change: sealed values. And what a tenant file brings
 * from elsewhere: password hashes (parsed, not computed).
 */
#include "crypto/password.h"
#include "crypto/seal.h"
#include "fuzz.h"

static void fuzz_input(struct arena *a, struct str in)
{
	static const struct str secrets[] = { STR_LIT("the corpus was not sealed by one"),
		STR_LIT("of these two thirty-two byte ...") };
	static struct seal *seal;
	struct str out = { 0 };
	struct str sealed;
	enum err err;

	if (seal == NULL)
		seal = seal_new(secrets, 2);
	for (enum seal_label label = 0; label < SEAL_LABELS; label++) {
		err = seal_open(seal, a, label, in, &out);
		assert(err == ERR_INVALID);
	}
	sealed = seal_close(seal, a, SEAL_CODE, in);
	err = seal_open(seal, a, SEAL_CODE, sealed, &out);
	assert(err == OK && str_eq(in, out));
	(void)err;
	assert(!seal_mac_fits(seal, "fuzz", S("data"), in));
	(void)password_hash_is_known(in);
}
