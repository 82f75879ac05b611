/* SPDX-License-Identifier: Apache-2.0 */

/* DPoP: proofs right and wrong, the URL they are for, and the nonce. */

#include "base/base64.h"
#include "oidc/client/confirmation.h"
#include "oidc/client/dpop_nonce.h"
#include "oidc/client/dpop_proof.h"
#include "oidc_support.h"

static struct jwk *key, *rsa_key;

#define CLAIMS \
	"\"jti\":\"j1\",\"htm\":\"POST\",\"htu\":\"https://op.example/t\",\"iat\":1800000000"

static struct str coded(struct str text)
{
	return base64url_encode(arena, text.p, text.n);
}

static struct str signed_by(
	const struct jwk *by, enum jws_alg alg, struct str header, struct str payload)
{
	struct str input = arena_printf(
		arena, STR_FMT "." STR_FMT, STR_ARG(coded(header)), STR_ARG(coded(payload)));
	struct str signature = { 0 };

	if (alg != JWS_NONE)
		assert_int_equal(jws_sign_raw(by, alg, arena, input, &signature), OK);
	return arena_printf(
		arena, STR_FMT "." STR_FMT, STR_ARG(input), STR_ARG(coded(signature)));
}

static struct str public_of(const struct jwk *of, enum jws_alg alg)
{
	return jwk_write_public(of, arena, S(""), alg);
}

static struct str header_of(const char *typ, const char *alg, struct str jwk)
{
	return arena_printf(arena, "{\"typ\":\"%s\",\"alg\":\"%s\",\"jwk\":" STR_FMT "}", typ,
		alg, STR_ARG(jwk));
}

static struct str usual_header(void)
{
	return header_of("dpop+jwt", "ES256", public_of(key, JWS_ES256));
}

static void a_good_proof_says_whose_and_for_what(void **state)
{
	struct str text = signed_by(key, JWS_ES256, usual_header(),
		S("{" CLAIMS ",\"nonce\":\"n\",\"ath\":\"a\"}"));
	struct dpop_proof p;

	(void)state;
	assert_int_equal(dpop_proof_read(arena, text, &p), OK);
	assert_true(str_eq(p.jkt, jwk_thumbprint(key, arena)));
	assert_str(p.jti, "j1");
	assert_str(p.htm, "POST");
	assert_str(p.htu, "https://op.example/t");
	assert_str(p.nonce, "n");
	assert_str(p.ath, "a");
	assert_int_equal(p.iat, 1800000000);
}

static void every_algorithm_of_discovery_is_taken(void **state)
{
	struct str rest = S(DPOP_ALGS), name;

	(void)state;
	while (str_split(&rest, ' ', &name)) {
		enum jws_alg alg = jws_alg_from(name);
		struct dpop_proof p;
		struct jwk *own;
		struct str header;

		assert_int_equal(jwk_generate(alg, &own), OK);
		header = header_of("dpop+jwt", arena_str(arena, name).p, public_of(own, alg));
		if (dpop_proof_read(
			    arena, signed_by(own, alg, header, S("{" CLAIMS "}")), &p) != OK)
			fail_msg("%s", arena_str(arena, name).p);
		jwk_unref(own);
	}
}

static void wrong_claims_are_refused(void **state)
{
	static const struct {
		const char *what;
		const char *payload;
	} rows[] = {
		{ "no object", "[]" },
		{ "nothing", "{}" },
		{ "no jti", "{\"htm\":\"POST\",\"htu\":\"https://a/\",\"iat\":1}" },
		{ "an empty jti",
			"{\"jti\":\"\",\"htm\":\"POST\",\"htu\":\"https://a/\",\"iat\":1}" },
		{ "jti a number",
			"{\"jti\":7,\"htm\":\"POST\",\"htu\":\"https://a/\",\"iat\":1}" },
		{ "no htm", "{\"jti\":\"j\",\"htu\":\"https://a/\",\"iat\":1}" },
		{ "no htu", "{\"jti\":\"j\",\"htm\":\"POST\",\"iat\":1}" },
		{ "htu a list",
			"{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":[\"https://a/\"],\"iat\":1}" },
		{ "no iat", "{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":\"https://a/\"}" },
		{ "iat a text", "{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":\"https://a/"
				"\",\"iat\":\"1\"}" },
		{ "iat out of all bounds", "{\"jti\":\"j\",\"htm\":\"POST\",\"htu\":\"https://"
					   "a/\",\"iat\":1e300}" },
		{ "a nonce that is no text", "{" CLAIMS ",\"nonce\":1}" },
		{ "ath that is no text", "{" CLAIMS ",\"ath\":true}" },
		{ "jti twice", "{" CLAIMS ",\"jti\":\"j2\"}" },
		{ "no JSON", "{" CLAIMS },
	};
	struct dpop_proof p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (dpop_proof_read(arena,
			    signed_by(
				    key, JWS_ES256, usual_header(), str_from(rows[i].payload)),
			    &p) != ERR_INVALID)
			fail_msg("%s", rows[i].what);
}

static void wrong_heads_are_refused(void **state)
{
	struct str jwk = public_of(key, JWS_ES256);
	struct str rsa = public_of(rsa_key, JWS_RS256);
	struct str secret =
		S("{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\"}");
	struct jwk *hmac = jwk_from_secret(S("01234567890123456789012345678901"));
	const struct {
		const char *what;
		const struct jwk *by;
		enum jws_alg alg;
		struct str header;
	} rows[] = {
		{ "another typ", key, JWS_ES256, header_of("JWT", "ES256", jwk) },
		{ "no typ", key, JWS_ES256,
			arena_printf(arena, "{\"alg\":\"ES256\",\"jwk\":" STR_FMT "}",
				STR_ARG(jwk)) },
		{ "no key", key, JWS_ES256, S("{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\"}") },
		{ "a key that is a text", key, JWS_ES256,
			header_of("dpop+jwt", "ES256", S("\"key\"")) },
		{ "alg none", NULL, JWS_NONE, header_of("dpop+jwt", "none", jwk) },
		{ "a private key", key, JWS_ES256,
			header_of("dpop+jwt", "ES256", jwk_write_private(key, arena)) },
		{ "a shared secret", hmac, JWS_HS256, header_of("dpop+jwt", "HS256", secret) },
		{ "somebody else's key", key, JWS_ES256, header_of("dpop+jwt", "ES256", rsa) },
		{ "another algorithm than the key says", rsa_key, JWS_PS256,
			header_of("dpop+jwt", "PS256", rsa) },
		{ "crit", key, JWS_ES256,
			arena_printf(arena,
				"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"crit\":[\"x\"],"
				"\"x\":1,\"jwk\":" STR_FMT "}",
				STR_ARG(jwk)) },
		{ "jwk twice", key, JWS_ES256,
			arena_printf(arena,
				"{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":" STR_FMT
				",\"jwk\":" STR_FMT "}",
				STR_ARG(jwk), STR_ARG(jwk)) },
	};
	struct dpop_proof p;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (dpop_proof_read(arena,
			    signed_by(
				    rows[i].by, rows[i].alg, rows[i].header, S("{" CLAIMS "}")),
			    &p) != ERR_INVALID)
			fail_msg("%s", rows[i].what);
	jwk_unref(hmac);
}

/* The last character of a signature carries bits that are dropped: base64url is strict. */
static void a_changed_byte_anywhere_is_noticed(void **state)
{
	struct str text = signed_by(key, JWS_ES256, usual_header(), S("{" CLAIMS "}"));
	struct dpop_proof p;

	(void)state;
	assert_int_equal(dpop_proof_read(arena, text, &p), OK);
	for (size_t i = 0; i < text.n; i++) {
		char *changed = arena_alloc(arena, text.n);

		memcpy(changed, text.p, text.n);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(dpop_proof_read(arena, (struct str){ changed, text.n }, &p),
			ERR_INVALID);
		assert_int_equal(dpop_proof_read(arena, str_first(text, i), &p), ERR_INVALID);
	}
}

static void the_url_is_compared_as_the_standard_asks(void **state)
{
	static const struct {
		const char *htu;
		bool is;
	} rows[] = {
		{ "https://op.example/oauth/token", true },
		{ "HTTPS://OP.example/oauth/token", true },
		{ "https://op.example:443/oauth/token", true },
		{ "https://op.example/oauth/token?a=b#c", true },
		{ "http://op.example/oauth/token", false },
		{ "https://op.example:8443/oauth/token", false },
		{ "https://op.example/oauth/token/", false },
		{ "https://op.example/oauth/Token", false },
		{ "https://op.example/oauth/../oauth/token", false },
		{ "https://op.example", false },
		{ "https://op.example.evil/oauth/token", false },
		{ "https://op.example@evil/oauth/token", false },
		{ "https://evil@op.example/oauth/token", false },
		{ "/oauth/token", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (dpop_htu_is(arena, str_from(rows[i].htu), S("https://op.example"),
			    S("/oauth/token")) != rows[i].is)
			fail_msg("%s", rows[i].htu);
}

static void a_nonce_lives_for_two_stretches(void **state)
{
	int64_t begin = NOW - NOW % DPOP_NONCE_SECONDS;
	struct str nonce = dpop_nonce_make(tenant.seal, arena, begin);

	(void)state;
	assert_true(dpop_nonce_is_good(tenant.seal, arena, nonce, begin));
	assert_true(dpop_nonce_is_good(
		tenant.seal, arena, nonce, begin + 2 * DPOP_NONCE_SECONDS - 1));
	assert_false(
		dpop_nonce_is_good(tenant.seal, arena, nonce, begin + 2 * DPOP_NONCE_SECONDS));
	assert_false(dpop_nonce_is_good(tenant.seal, arena, nonce, begin - 1));
	assert_false(
		str_eq(nonce, dpop_nonce_make(tenant.seal, arena, begin + DPOP_NONCE_SECONDS)));
}

static void nobody_makes_a_nonce_up(void **state)
{
	struct str nonce = dpop_nonce_make(tenant.seal, arena, NOW);
	struct str another_secret = S("another secret of thirty-two by.");
	struct seal *another = seal_new(&another_secret, 1);

	(void)state;
	assert_false(dpop_nonce_is_good(another, arena, nonce, NOW));
	seal_free(another);
	for (size_t i = 0; i < nonce.n; i++) {
		char *changed = arena_alloc(arena, nonce.n);

		memcpy(changed, nonce.p, nonce.n);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_false(dpop_nonce_is_good(
			tenant.seal, arena, (struct str){ changed, nonce.n }, NOW));
		assert_false(dpop_nonce_is_good(tenant.seal, arena, str_first(nonce, i), NOW));
	}
}

static void what_is_bound_wants_its_own_key(void **state)
{
	const struct confirmation c[] = { confirmation_by_jkt(S("")),
		confirmation_by_jkt(S("one")), confirmation_by_x5t(S("one")),
		{ .method = (enum confirmation_method)9, .thumbprint = S("one") },
		{ .method = CONFIRM_JKT } };
	const struct {
		struct possession held;
		bool met[COUNT(c)];
	} rows[] = {
		{ .met = { true, false, false, false, false } },
		{ { .jkt = S("one") }, { true, true, false, false, false } },
		{ { .x5t = S("one") }, { true, false, true, false, false } },
		{ { .jkt = S("two"), .x5t = S("two") }, { true, false, false, false, false } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (size_t k = 0; k < COUNT(c); k++)
			assert_int_equal(
				confirmation_is_met(&c[k], &rows[i].held), rows[i].met[k]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_proof_says_whose_and_for_what),
		cmocka_unit_test(every_algorithm_of_discovery_is_taken),
		cmocka_unit_test(wrong_claims_are_refused),
		cmocka_unit_test(wrong_heads_are_refused),
		cmocka_unit_test(a_changed_byte_anywhere_is_noticed),
		cmocka_unit_test(the_url_is_compared_as_the_standard_asks),
		cmocka_unit_test(a_nonce_lives_for_two_stretches),
		cmocka_unit_test(nobody_makes_a_nonce_up),
		cmocka_unit_test(what_is_bound_wants_its_own_key),
	};
	int failed;

	make_tenant();
	assert_int_equal(jwk_generate(JWS_ES256, &key), OK);
	assert_int_equal(jwk_generate(JWS_RS256, &rsa_key), OK);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	jwk_unref(key);
	jwk_unref(rsa_key);
	free_tenant();
	return failed;
}
