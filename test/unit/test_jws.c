/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "jose/jws.h"
#include "jose_support.h"

static const enum jws_alg first = JWS_RS256;
static const enum jws_alg last = JWS_HS512;

static struct jwk *keys[JWS_UNKNOWN];

static int set_up(void **state)
{
	arena_set_up(state);
	for (enum jws_alg alg = first; alg <= last; alg++)
		keys[alg] = key_for(alg);
	return 0;
}

static int tear_down(void **state)
{
	for (enum jws_alg alg = first; alg <= last; alg++)
		jwk_unref(keys[alg]);
	return arena_tear_down(state);
}

static struct str sign(enum jws_alg alg, struct str payload)
{
	struct str compact = { 0 };

	assert_int_equal(
		jws_sign(keys[alg], alg, S("JWT"), S("k"), arena, payload, &compact), OK);
	return compact;
}

static struct jws parse(struct str compact)
{
	struct jws jws = { 0 };

	assert_int_equal(jws_parse(arena, compact, &jws), OK);
	return jws;
}

static struct str compact_of(const char *header, const char *payload, const char *signature)
{
	struct str parts[] = { base64url_encode(arena, header, strlen(header)),
		base64url_encode(arena, payload, strlen(payload)) };

	return arena_printf(arena, "%s.%s.%s", parts[0].p, parts[1].p, signature);
}

/* Drafted first and signed later, in another order: the same header and payload, and it
 * verifies.
 */
static void a_draft_becomes_the_token(void **state)
{
	struct jws_draft drafts[JWS_UNKNOWN] = { 0 };
	struct str tokens[JWS_UNKNOWN];

	(void)state;
	for (enum jws_alg alg = first; alg <= last; alg++) {
		enum err err = jws_draft_make(keys[alg], alg, S("JWT"), S("k"), arena,
			S("{\"a\":1}"), &drafts[alg], &tokens[alg]);
		bool is_hmac = jws_signature_size(keys[alg], alg) == 0;

		assert_int_equal(err, is_hmac ? ERR_INVALID : OK);
		assert_true((drafts[alg].key == NULL) == is_hmac);
	}
	for (enum jws_alg alg = last + 1; alg-- > first;) {
		struct jws jws;
		struct str twin = sign(alg, S("{\"a\":1}"));

		if (drafts[alg].key == NULL)
			continue;
		jws = parse(str_first(tokens[alg], drafts[alg].input.n + 1));
		assert_int_equal(jws_verify(&jws, keys[alg], alg), ERR_INVALID);
		assert_int_equal(jws_draft_sign(&drafts[alg]), OK);
		jws = parse(tokens[alg]);
		assert_int_equal(jws_verify(&jws, keys[alg], alg), OK);
		assert_true(str_eq(jws.signing_input, parse(twin).signing_input));
		assert_int_equal(tokens[alg].n, twin.n);
	}
}

/* Every algorithm's token against every algorithm's key and every algorithm asked for. */
static void only_the_right_key_and_algorithm_verify(void **state)
{
	(void)state;
	for (enum jws_alg made = first; made <= last; made++) {
		struct jws jws = parse(sign(made, S("{}")));

		for (enum jws_alg key = first; key <= last; key++) {
			for (enum jws_alg asked = JWS_NONE; asked <= JWS_UNKNOWN; asked++) {
				bool right = asked == made &&
					     (key == made ||
						     /* one secret serves all three */
						     (made >= JWS_HS256 && key >= JWS_HS256));

				assert_int_equal(jws_verify(&jws, keys[key], asked),
					right ? OK : ERR_INVALID);
			}
		}
	}
}

static void another_key_of_the_same_kind_does_not_verify(void **state)
{
	(void)state;
	for (enum jws_alg alg = first; alg <= JWS_EDDSA; alg++) {
		struct jws jws = parse(sign(alg, S("{}")));
		struct jwk *other = key_for(alg);

		assert_int_equal(jws_verify(&jws, other, alg), ERR_INVALID);
		jwk_unref(other);
	}
}

static void the_header_is_what_was_asked_for(void **state)
{
	struct str compact;
	struct jws jws;

	(void)state;
	compact = sign(JWS_ES256, S("payload"));
	jws = parse(compact);
	assert_int_equal(jws.alg, JWS_ES256);
	assert_true(str_is(jws.kid, "k"));
	assert_true(str_is(jws.typ, "JWT"));
	assert_true(str_is(jws.payload, "payload"));
	assert_int_equal(jws.signature.n, 64);
	assert_true(str_starts(compact, jws.signing_input));
	assert_true(str_is(jws.signing_input,
		"eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsifQ.cGF5bG9hZA"));

	assert_int_equal(jws_sign(keys[JWS_ES256], JWS_ES256, (struct str){ 0 },
				 (struct str){ 0 }, arena, S(""), &compact),
		OK);
	assert_true(str_starts(compact, S("eyJhbGciOiJFUzI1NiJ9..")));
}

static void signatures_have_the_length_of_rfc_7518(void **state)
{
	static const size_t sizes[] = { [JWS_RS256] = 256,
		[JWS_PS512] = 256,
		[JWS_ES256] = 64,
		[JWS_ES384] = 96,
		[JWS_ES512] = 132,
		[JWS_EDDSA] = 64,
		[JWS_HS256] = 32,
		[JWS_HS384] = 48,
		[JWS_HS512] = 64 };

	(void)state;
	/* Often enough for an r or s that begins with zero bytes. */
	for (int round = 0; round < 600; round++) {
		enum jws_alg alg =
			round < 512 ? JWS_ES256 : first + (unsigned)round % (last - first + 1);
		struct str signature;

		assert_int_equal(jws_sign_raw(keys[alg], alg, arena, S("x"), &signature), OK);
		if (sizes[alg] > 0)
			assert_int_equal(signature.n, sizes[alg]);
		assert_int_equal(jws_verify_raw(keys[alg], alg, S("x"), signature), OK);
	}
}

static void a_signature_of_another_length_does_not_verify(void **state)
{
	(void)state;
	for (enum jws_alg alg = first; alg <= last; alg++) {
		struct str signature;
		char longer[600] = { 0 };

		assert_int_equal(jws_sign_raw(keys[alg], alg, arena, S("x"), &signature), OK);
		memcpy(longer, signature.p, signature.n);
		assert_int_equal(jws_verify_raw(keys[alg], alg, S("x"),
					 (struct str){ longer, signature.n + 1 }),
			ERR_INVALID);
		assert_int_equal(jws_verify_raw(keys[alg], alg, S("x"),
					 str_first(signature, signature.n - 1)),
			ERR_INVALID);
		assert_int_equal(jws_verify_raw(keys[alg], alg, S("x"),
					 str_first(signature, signature.n / 2)),
			ERR_INVALID);
		assert_int_equal(
			jws_verify_raw(keys[alg], alg, S("x"), (struct str){ 0 }), ERR_INVALID);
	}
}

static void a_changed_signature_or_message_does_not_verify(void **state)
{
	(void)state;
	for (enum jws_alg alg = first; alg <= last; alg++) {
		struct str signature;
		char changed[600];

		assert_int_equal(
			jws_sign_raw(keys[alg], alg, arena, S("message"), &signature), OK);
		assert_int_equal(
			jws_verify_raw(keys[alg], alg, S("messagE"), signature), ERR_INVALID);
		assert_int_equal(jws_verify_raw(keys[alg], alg, S(""), signature), ERR_INVALID);
		for (size_t i = 0; i < signature.n; i += 7) {
			memcpy(changed, signature.p, signature.n);
			changed[i] = (char)(changed[i] ^ 1);
			assert_int_equal(jws_verify_raw(keys[alg], alg, S("message"),
						 (struct str){ changed, signature.n }),
				ERR_INVALID);
		}
		/* The context is not spoilt by what failed. */
		assert_int_equal(jws_verify_raw(keys[alg], alg, S("message"), signature), OK);
	}
}

/* RFC 7518, 3.4: DER is for others. */
static void a_der_signature_does_not_verify(void **state)
{
	struct str signature;
	char der[72] = { 0x30, 68, 2, 32 };

	(void)state;
	do {
		assert_int_equal(
			jws_sign_raw(keys[JWS_ES256], JWS_ES256, arena, S("x"), &signature),
			OK);
	} while ((signature.p[0] & 0x80) != 0 || (signature.p[32] & 0x80) != 0);
	memcpy(der + 4, signature.p, 32);
	der[36] = 2;
	der[37] = 32;
	memcpy(der + 38, signature.p + 32, 32);
	assert_int_equal(
		jws_verify_raw(keys[JWS_ES256], JWS_ES256, S("x"), (struct str){ der, 70 }),
		ERR_INVALID);
}

/* The classic: the RSA public key as the secret of an HMAC. */
static void a_public_key_is_no_secret(void **state)
{
	struct jwk *public = public_half(keys[JWS_RS256], JWS_RS256);
	struct str pem = jwk_write_public(public, arena, S("k"), JWS_RS256);
	struct jwk *as_secret = jwk_from_secret(pem);
	struct str compact;
	struct jws jws;

	(void)state;
	assert_int_equal(
		jws_sign(as_secret, JWS_HS256, S("JWT"), S("k"), arena, S("{}"), &compact), OK);
	jws = parse(compact);
	assert_int_equal(jws_verify(&jws, public, JWS_RS256), ERR_INVALID);
	assert_int_equal(jws_verify(&jws, public, JWS_HS256), ERR_INVALID);
	jwk_unref(public);
	jwk_unref(as_secret);
}

static void none_is_written_but_never_verified(void **state)
{
	struct str compact;
	struct jws jws;

	(void)state;
	assert_int_equal(jws_sign(NULL, JWS_NONE, (struct str){ 0 }, (struct str){ 0 }, arena,
				 S("{}"), &compact),
		OK);
	assert_true(str_is(compact, "eyJhbGciOiJub25lIn0.e30."));
	jws = parse(compact);
	assert_int_equal(jws.alg, JWS_NONE);
	for (enum jws_alg key = first; key <= last; key++) {
		assert_int_equal(jws_verify(&jws, keys[key], JWS_NONE), ERR_INVALID);
		assert_int_equal(jws_verify(&jws, keys[key], key), ERR_INVALID);
	}
}

static void a_secret_shorter_than_the_hash_signs_nothing(void **state)
{
	struct jwk *key = jwk_from_secret(S("31 bytes are one too few for it"));
	struct str signature;

	(void)state;
	assert_int_equal(jws_sign_raw(key, JWS_HS256, arena, S("x"), &signature), ERR_INVALID);
	assert_false(jwk_fits(key, JWS_HS256));
	jwk_unref(key);
}

static void what_is_no_compact_jws_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		".",
		"..",
		"...",
		"e30",
		"e30.e30",
		".e30.",
		"e30.e30.AA.AA",
		"e30.e30..",
		"e30=.e30.AA",
		"e30.e30=.AA",
		"e30.e30.AA==",
		"e30.e30.A",
		"e30.e30.AB",
		"e30.e3 0.AA",
		"e30.e30.AA\n",
		" e30.e30.AA",
		"e3+.e30.AA",
		"W10.e30.AA",    /* [] */
		"bnVsbA.e30.AA", /* null */
		"e30e30.e30.AA",
	};
	struct jws jws;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (jws_parse(arena, str_from(rows[i]), &jws) != ERR_INVALID)
			fail_msg("parsed: %s", rows[i]);
	}
}

static void headers_that_we_may_not_pass_over_are_refused(void **state)
{
	static const char *const rows[] = {
		"{\"alg\":\"RS256\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"RS256\",\"crit\":[]}",
		"{\"alg\":\"RS256\",\"b64\":false}",
		"{\"alg\":\"RS256\",\"b64\":true}",
		"{\"alg\":\"RS256\",\"zip\":\"DEF\"}",
		"{\"alg\":\"RS256\",\"alg\":\"none\"}",
		"{\"alg\":[\"RS256\"]}",
		"{\"alg\":\"RS256\",\"kid\":1}",
		"{\"alg\":\"RS256\",\"typ\":null}",
		"{\"alg\":\"RS256\"",
		"{\"alg\":\"RS256\"} x",
	};
	struct jws jws;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (jws_parse(arena, compact_of(rows[i], "{}", "AA"), &jws) != ERR_INVALID)
			fail_msg("parsed: %s", rows[i]);
	}
}

/* A key that the token brings along is nobody's. */
static void other_headers_are_passed_over(void **state)
{
	struct jws jws =
		parse(compact_of("{\"jwk\":{\"kty\":\"oct\",\"k\":\"AA\"},\"alg\":\"XX\","
				 "\"jku\":\"https://evil.example\"}",
			"{}", ""));

	(void)state;
	assert_int_equal(jws.alg, JWS_UNKNOWN);
	assert_int_equal(jws.kid.n, 0);
	assert_int_equal(jws.signature.n, 0);
	assert_int_equal(jws_verify(&jws, keys[JWS_HS256], JWS_UNKNOWN), ERR_INVALID);
}

static void the_limit_is_32_kB(void **state)
{
	char text[24600];
	struct str compact;
	struct jws jws;

	(void)state;
	memset(text, 'x', sizeof(text));
	compact = sign(JWS_HS256, (struct str){ text, 24000 });
	assert_int_equal(jws_parse(arena, compact, &jws), OK);
	compact = sign(JWS_HS256, (struct str){ text, sizeof(text) });
	assert_true(compact.n > 32768);
	assert_int_equal(jws_parse(arena, compact, &jws), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_becomes_the_token),
		cmocka_unit_test(only_the_right_key_and_algorithm_verify),
		cmocka_unit_test(another_key_of_the_same_kind_does_not_verify),
		cmocka_unit_test(the_header_is_what_was_asked_for),
		cmocka_unit_test(signatures_have_the_length_of_rfc_7518),
		cmocka_unit_test(a_signature_of_another_length_does_not_verify),
		cmocka_unit_test(a_changed_signature_or_message_does_not_verify),
		cmocka_unit_test(a_der_signature_does_not_verify),
		cmocka_unit_test(a_public_key_is_no_secret),
		cmocka_unit_test(none_is_written_but_never_verified),
		cmocka_unit_test(a_secret_shorter_than_the_hash_signs_nothing),
		cmocka_unit_test(what_is_no_compact_jws_is_refused),
		cmocka_unit_test(headers_that_we_may_not_pass_over_are_refused),
		cmocka_unit_test(other_headers_are_passed_over),
		cmocka_unit_test(the_limit_is_32_kB),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
