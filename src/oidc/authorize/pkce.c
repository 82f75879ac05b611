/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/pkce.h"

#include "crypto/digest.h"

static const struct fault failed = { "invalid_grant", STR_LIT("Failed to verify code verifier"),
	REASON_PKCE_FAILED };
static const struct fault missing = { "invalid_grant",
	STR_LIT("Parameter 'code_verifier' is required: the code was asked for with a "
		"challenge"),
	REASON_PKCE_FAILED };
static const struct fault unasked = { "invalid_grant",
	STR_LIT("A code_verifier was sent but the code was asked for without a challenge"),
	REASON_PKCE_FAILED };

static bool is_alnum(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool pkce_is_verifier(struct str s)
{
	if (s.n < 43 || s.n > 128)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && str_index(S("-._~"), s.p[i]) < 0)
			return false;
	return true;
}

bool pkce_is_s256_challenge(struct str s)
{
	if (s.n != 43)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
			return false;
	return true;
}

const struct fault *pkce_check(
	struct arena *a, const struct authorization_code *code, struct str verifier)
{
	struct str challenge;

	if (code->code_challenge.n == 0)
		return verifier.n == 0 ? NULL : &unasked;
	if (verifier.n == 0)
		return &missing;
	if (!pkce_is_verifier(verifier))
		return &failed;
	challenge = code->challenge_plain ? verifier : sha256_base64url(a, verifier);
	return equal_in_constant_time(code->code_challenge, challenge) ? NULL : &failed;
}
