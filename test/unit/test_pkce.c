/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/pkce.h"
#include "oidc_support.h"

/* RFC 7636, appendix B. */
#define VERIFIER  "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
#define OF_128    VERIFIER VERIFIER "abcdefghijklmnopqrstuvwxyz0123456789._~-.."
#define FIT       NULL

static void verifiers_fit_their_challenges_only(void **state)
{
	static const struct {
		const char *when;
		const char *challenge;
		bool plain;
		const char *verifier;
		const char *error;
	} rows[] = {
		{ "S256", CHALLENGE, false, VERIFIER, FIT },
		{ "plain", VERIFIER, true, VERIFIER, FIT },
		{ "neither", "", false, "", FIT },
		{ "plain of 128 characters", OF_128, true, OF_128, FIT },
		{ "no verifier", CHALLENGE, false, "", "invalid_grant" },
		{ "no verifier, plain", VERIFIER, true, "", "invalid_grant" },
		{ "no challenge", "", false, VERIFIER, "invalid_grant" },
		{ "another verifier", CHALLENGE, false,
			"aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "invalid_grant" },
		{ "the challenge as verifier", CHALLENGE, false, CHALLENGE, "invalid_grant" },
		{ "S256 taken for plain", CHALLENGE, true, VERIFIER, "invalid_grant" },
		{ "plain taken for S256", VERIFIER, false, VERIFIER, "invalid_grant" },
		{ "a verifier with a blank behind", VERIFIER, true, VERIFIER " ",
			"invalid_grant" },
		{ "too short for a verifier", "short", true, "short", "invalid_grant" },
		{ "too long for a verifier", OF_128 "x", true, OF_128 "x", "invalid_grant" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct authorization_code code = { .code_challenge =
							   str_from(rows[i].challenge),
			.challenge_plain = rows[i].plain };
		const struct fault *fault =
			pkce_check(arena, &code, str_from(rows[i].verifier));

		if ((fault == NULL) != (rows[i].error == NULL))
			fail_msg("%s", rows[i].when);
		if (fault != NULL) {
			assert_string_equal(fault->error, rows[i].error);
			assert_int_equal(fault->reason, REASON_PKCE_FAILED);
		}
	}
}

static void shapes_are_those_of_the_rfc(void **state)
{
	(void)state;
	assert_true(pkce_is_verifier(S(VERIFIER)));
	assert_true(pkce_is_verifier(S(OF_128)));
	assert_false(pkce_is_verifier(S(OF_128 "x")));
	assert_false(pkce_is_verifier(str_first(S(VERIFIER), 42)));
	assert_false(pkce_is_verifier(S("aBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX+")));
	assert_true(pkce_is_s256_challenge(S(CHALLENGE)));
	assert_false(pkce_is_s256_challenge(S(CHALLENGE "=")));
	assert_false(pkce_is_s256_challenge(S("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw.cM")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifiers_fit_their_challenges_only),
		cmocka_unit_test(shapes_are_those_of_the_rfc),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
