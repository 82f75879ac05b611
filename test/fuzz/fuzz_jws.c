/* SPDX-License-Identifier: Apache-2.0 */

/* Compact JWS as clients and browsers send them: parsing, claims, verification. */
#include "fuzz.h"
#include "jose/jwt.h"

/* Of nobody: what fuzzing finds must not verify. */
static const char secret[] = "a secret that the corpus was not signed with, sixty-four bytes..";

static void check_claims(struct arena *a, const struct jws *jws)
{
	const struct json *claims;

	if (jwt_claims(a, jws, &claims) != OK)
		return;
	(void)jwt_has_audience(claims, S("app"));
	(void)jwt_check_times(claims, 1700000000, 60);
}

static struct jwk *keys[JWS_UNKNOWN];

static void make_keys(void)
{
	if (keys[JWS_RS256] != NULL)
		return;
	for (enum jws_alg alg = JWS_RS256; alg <= JWS_EDDSA; alg++) {
		struct jwk *last = keys[alg - 1];
		enum err err = OK;

		/* One RSA key for six: making them takes long. */
		if (last != NULL && jwk_fits(last, alg))
			keys[alg] = jwk_ref(last);
		else
			err = jwk_generate(alg, &keys[alg]);
		assert(err == OK);
		(void)err;
	}
	for (enum jws_alg alg = JWS_HS256; alg <= JWS_HS512; alg++)
		keys[alg] = jwk_from_secret(str_from(secret));
}

static void fuzz_input(struct arena *a, struct str text)
{
	struct jws jws;
	enum err err;

	make_keys();
	if (jws_parse(a, text, &jws) != OK)
		return;
	assert(jws.signing_input.n < text.n);
	assert(jws.header != NULL && jws.header->type == JSON_MAP);
	check_claims(a, &jws);
	if (jws.alg == JWS_NONE || jws.alg == JWS_UNKNOWN)
		return;
	err = jws_verify(&jws, keys[jws.alg], jws.alg);
	assert(err == ERR_INVALID);
	(void)err;
}
