/* SPDX-License-Identifier: Apache-2.0 */

/* DPoP proofs as anybody may send them, the URL they name, and nonces. */
#include "fuzz.h"
#include "oidc/client/dpop_nonce.h"
#include "oidc/client/dpop_proof.h"

static struct seal *own_seal(void)
{
	static struct seal *seal;
	struct str secret = S("a secret of thirty-two bytes, ok");

	if (seal == NULL)
		seal = seal_new(&secret, 1);
	return seal;
}

static void fuzz_input(struct arena *a, struct str text)
{
	struct dpop_proof p;

	(void)dpop_htu_is(a, text, S("https://op.example"), S("/oauth/token"));
	assert(!dpop_nonce_is_good(own_seal(), a, text, 1700000000));
	if (dpop_proof_read(a, text, &p) != OK)
		return;
	assert(p.jkt.n == 43);
	assert(p.jti.n > 0 && p.htm.n > 0 && p.htu.n > 0);
	(void)dpop_htu_is(a, p.htu, S("https://op.example"), S("/oauth/token"));
}
