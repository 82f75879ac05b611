/* SPDX-License-Identifier: Apache-2.0 */

/* Compact JWE as browsers bring them: parsing, and decryption with keys of both kinds. */
#include "fuzz.h"
#include "jose/jwe.h"

static struct jwk *rsa, *ec;

static void make_keys(void)
{
	enum err err = OK;

	if (rsa == NULL)
		err = jwk_generate(JWS_RS256, &rsa);
	if (err == OK && ec == NULL)
		err = jwk_generate(JWS_ES256, &ec);
	assert(err == OK);
	(void)err;
}

/* What we make of it opens, and says what was put in. */
static void check_round(struct arena *a, struct str text)
{
	struct jwe_recipient to = { ec, S("k"), JWE_ECDH_ES_A128KW, JWE_A128CBC_HS256 };
	struct str compact, plain;
	struct jwe jwe;
	enum err err = jwe_encrypt(&to, S(""), a, text, &compact);

	if (compact.n > 60000)
		return;
	if (err == OK)
		err = jwe_parse(a, compact, &jwe);
	if (err == OK)
		err = jwe_decrypt(&jwe, ec, a, &plain);
	assert(err == OK && str_eq(plain, text));
}

/* Nobody has these keys, so nothing that comes in opens; it must only end well. */
static void fuzz_input(struct arena *a, struct str text)
{
	struct str plain;
	struct jwe jwe;

	make_keys();
	if (text.n < 4096)
		check_round(a, text);
	if (jwe_parse(a, text, &jwe) != OK)
		return;
	assert(jwe.alg != JWE_ALG_UNKNOWN && jwe.enc != JWE_ENC_UNKNOWN);
	assert(jwe_decrypt(&jwe, rsa, a, &plain) != OK);
	assert(jwe_decrypt(&jwe, ec, a, &plain) != OK);
}
