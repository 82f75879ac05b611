/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/buf.h"
#include "jose/jws.h"
#include "jose_support.h"

static const enum jws_alg asymmetric[] = { JWS_RS256, JWS_PS384, JWS_ES256, JWS_ES384,
	JWS_ES512, JWS_EDDSA };

/* RFC 7515, A.3.1 (P-256), and RFC 8037, A.1. */
#define P256_X  "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define P256_Y  "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define P256_D  "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
#define ED_X    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define ED_D    "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
#define P256    "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\""
#define ED25519 "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" ED_X "\""
#define SECRET  "\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

/* RFC 7638, 3.1. */
#define RSA_N                                                                                \
	"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6" \
	"tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5" \
	"v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD0" \
	"8qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU" \
	"8awapJzKnqDKgw"
#define RSA "\"kty\":\"RSA\",\"n\":\"" RSA_N "\""

static void every_key_survives_writing_and_reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asymmetric) / sizeof(asymmetric[0]); i++) {
		enum jws_alg alg = asymmetric[i];
		struct jwk *key = key_for(alg);
		struct str text = jwk_write_private(key, arena);
		struct jwk *again = key_from(text);
		struct jwk *public = public_half(key, alg);
		struct str signature;

		assert_true(str_eq(text, jwk_write_private(again, arena)));
		assert_true(jwk_is_private(again));
		assert_false(jwk_is_private(public));
		assert_int_equal(jws_sign_raw(again, alg, arena, S("x"), &signature), OK);
		assert_int_equal(jws_verify_raw(public, alg, S("x"), signature), OK);
		assert_int_equal(
			jws_sign_raw(public, alg, arena, S("x"), &signature), ERR_INVALID);
		assert_true(str_eq(jwk_thumbprint(key, arena), jwk_thumbprint(public, arena)));
		jwk_unref(key);
		jwk_unref(again);
		jwk_unref(public);
	}
}

static void a_symmetric_key_survives_too(void **state)
{
	struct jwk *key = key_for(JWS_HS256);
	struct str text = jwk_write_private(key, arena);
	struct jwk *again = key_from(text);

	(void)state;
	assert_true(str_eq(text, jwk_write_private(again, arena)));
	jwk_unref(key);
	jwk_unref(again);
}

static void what_is_published_is_public(void **state)
{
	static const char *const secrets[] = { "d", "p", "q", "dp", "dq", "qi", "k" };

	(void)state;
	for (size_t i = 0; i < sizeof(asymmetric) / sizeof(asymmetric[0]); i++) {
		struct jwk *key = key_for(asymmetric[i]);
		const struct json *map =
			json_from(jwk_write_public(key, arena, S("the kid"), asymmetric[i]));

		for (size_t j = 0; j < sizeof(secrets) / sizeof(secrets[0]); j++)
			assert_null(json_get(map, secrets[j]));
		assert_true(str_is(json_get_str(map, "kid"), "the kid"));
		assert_true(str_is(json_get_str(map, "use"), "sig"));
		assert_true(str_is(json_get_str(map, "alg"), jws_alg_name(asymmetric[i])));
		jwk_unref(key);
	}
}

static void thumbprints_are_those_of_the_rfcs(void **state)
{
	struct jwk *rsa = key_from(S("{" RSA ",\"e\":\"AQAB\"}"));
	struct jwk *ed = key_from(S("{" ED25519 "}"));
	struct jwk *private = key_from(S("{" ED25519 ",\"d\":\"" ED_D "\",\"kid\":\"x\"}"));

	(void)state;
	assert_true(str_is(
		jwk_thumbprint(rsa, arena), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"));
	assert_true(str_is(
		jwk_thumbprint(ed, arena), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"));
	assert_true(str_eq(jwk_thumbprint(ed, arena), jwk_thumbprint(private, arena)));
	jwk_unref(rsa);
	jwk_unref(ed);
	jwk_unref(private);
}

static void sound_keys_are_read(void **state)
{
	static const char *const rows[] = {
		"{" P256 "}",
		"{" P256 ",\"d\":\"" P256_D "\"}",
		"{" P256 ",\"use\":\"sig\",\"alg\":\"ES256\",\"kid\":\"1\",\"more\":[1]}",
		"{" P256 ",\"key_ops\":[\"verify\"]}",
		"{" P256 ",\"key_ops\":[\"encrypt\",\"sign\"]}",
		"{" ED25519 "}",
		"{" ED25519 ",\"d\":\"" ED_D "\",\"alg\":\"EdDSA\"}",
		"{" RSA ",\"e\":\"AQAB\"}",
		"{" RSA ",\"e\":\"Aw\",\"alg\":\"PS512\"}",
		"{" SECRET "}",
		"{" SECRET ",\"alg\":\"HS256\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		jwk_unref(key_from(str_from(rows[i])));
}

static void unsound_keys_are_refused(void **state)
{
	/* clang-format off */
	static const struct {
		const char *why;
		const char *text;
	} rows[] = {
		{ "not an object", "[]" },
		{ "no type", "{}" },
		{ "unknown type", "{\"kty\":\"AKP\"}" },
		{ "type that is no string", "{\"kty\":1}" },
		{ "for encryption", "{" P256 ",\"use\":\"enc\"}" },
		{ "use that is no string", "{" P256 ",\"use\":[\"sig\"]}" },
		{ "other operations", "{" P256 ",\"key_ops\":[\"encrypt\"]}" },
		{ "operations that are no list", "{" P256 ",\"key_ops\":\"sign\"}" },
		{ "alg of another curve", "{" P256 ",\"alg\":\"ES384\"}" },
		{ "alg of another type", "{" P256 ",\"alg\":\"HS256\"}" },
		{ "alg none", "{" P256 ",\"alg\":\"none\"}" },
		{ "unknown alg", "{" P256 ",\"alg\":\"ECDH-ES\"}" },
		{ "alg that is no string", "{" P256 ",\"alg\":7}" },
		{ "alg that the secret is too short for", "{" SECRET ",\"alg\":\"HS384\"}" },
		{ "empty secret", "{\"kty\":\"oct\",\"k\":\"\"}" },
		{ "padded base64", "{\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\"}" },
		{ "unknown curve", "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"" P256_X "\",\"y\":\"" P256_Y "\"}" },
		{ "missing coordinate", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_X "\"}" },
		{ "point not on the curve", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" P256_Y "\",\"y\":\"" P256_X "\"}" },
		{ "short coordinate", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"" P256_Y "\"}" },
		{ "long coordinate", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AH_NzidwxsRdQYPL7m_bS3tYBzM1e-nvE7rPbjx70VRF\",\"y\":\"" P256_Y "\"}" },
		{ "the point of zeros", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}" },
		{ "private half of another key", "{" P256 ",\"d\":\"" ED_D "\"}" },
		{ "private half of zero", "{" P256 ",\"d\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}" },
		{ "private half that is no string", "{" P256 ",\"d\":null}" },
		{ "private half too long", "{" P256 ",\"d\":\"AI6bEJ5xkJi_mASH3x9dd-nLKWBuvtImO19XwhPfhPSy\"}" },
		{ "Ed25519 with another's private half", "{" ED25519 ",\"d\":\"" P256_D "\"}" },
		{ "Ed25519 too short", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ\"}" },
		{ "X25519, which does not sign", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" ED_X "\"}" },
		{ "Ed448", "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"" ED_X "\"}" },
		{ "RSA without exponent", "{" RSA "}" },
		{ "RSA with exponent 1", "{" RSA ",\"e\":\"AQ\"}" },
		{ "RSA with exponent 2", "{" RSA ",\"e\":\"Ag\"}" },
		{ "RSA with exponent 0", "{" RSA ",\"e\":\"AA\"}" },
		{ "RSA with a huge exponent", "{" RSA ",\"e\":\"AQAAAAAAAAAB\"}" },
		{ "RSA with a leading zero", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"ANL8e2oKHmxnEErrj4iyV2abTfZ53a0Jm1xKbNmogBW1oTO_C4VseHG23wALVU_Os8LtUSu2jxRcboQ0dS-rUqHPwSRAj3m1ikV4wWQohVeJ96JJ44TLLZ-uLWf9lvuSbBmOB3OZ_cgVwK8Jfd5are_0TecOgn9IeEMkOb_uuWBo0EdPxQ1tkL86mN-vEEDInALWkqs7PCiWYJ2G_XO3dM4HQGR87uqjEL0S-YWo659Z_dQmzqWyEg9PKjS8q3ZLfmxU1oQCOLzEBYelnmbtHzOJRXdjXEcK91z5LCDR2kPhv8QZ4iKm8NC7NYxeOPnLBQrq_pBIFPGsGqScyp6gyoM\"}" },
		{ "RSA of 1024 bits", "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"rJBIp6T1YK-RtPyvYqFFlcucqewSAA_IReSFchE8qyiQrbARqRlXWkB2DR8j_pJQnIpYELbQWZC5Cd0PTGAU8rMbar2AW6zpmBbi7aQf17lUBdt8XI9M9rq7FPVQ1dDdUXm1SVH_9qqWhvMPR422SbfHBEzCAtzK0ANDRo6qz78\"}" },
		{ "RSA, private, with no more than d", "{" RSA ",\"e\":\"AQAB\",\"d\":\"AQAB\"}" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct jwk *key = NULL;

		if (jwk_read(json_from(str_from(rows[i].text)), &key) != ERR_INVALID)
			fail_msg("read: %s", rows[i].why);
		assert_null(key);
	}
}

/* Each number of a private RSA key in turn replaced by another key's. */
static void rsa_halves_that_do_not_fit_are_refused(void **state)
{
	static const char *const names[] = { "n", "e", "d", "p", "q", "dp", "dq", "qi" };
	struct jwk *one = key_for(JWS_RS256);
	struct jwk *two = key_for(JWS_RS256);
	const struct json *mine = json_from(jwk_write_private(one, arena));
	const struct json *other = json_from(jwk_write_private(two, arena));

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct buf text = buf_new(arena, 4096);
		struct jwk *key = NULL;

		if (strcmp(names[i], "e") == 0)
			continue; /* 65537 in both */
		buf_add(&text, S("{\"kty\":\"RSA\""));
		for (size_t j = 0; j < sizeof(names) / sizeof(names[0]); j++)
			buf_addf(&text, ",\"%s\":\"" STR_FMT "\"", names[j],
				STR_ARG(json_get_str(i == j ? other : mine, names[j])));
		buf_addc(&text, '}');
		if (jwk_read(json_from(buf_str(&text)), &key) == OK) {
			/* OpenSSL may make good for a broken number: then it must sign. */
			struct jwk *public = public_half(one, JWS_RS256);
			struct str signature;

			assert_int_equal(
				jws_sign_raw(key, JWS_RS256, arena, S("x"), &signature), OK);
			assert_int_equal(
				jws_verify_raw(public, JWS_RS256, S("x"), signature), OK);
			assert_string_not_equal(names[i], "n");
			jwk_unref(public);
			jwk_unref(key);
		}
	}
	jwk_unref(one);
	jwk_unref(two);
}

static struct str pem_of(EVP_PKEY *pkey, bool private, bool traditional)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct str pem;
	char *data;
	long n;

	if (!private)
		assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
	else if (traditional)
		assert_int_equal(PEM_write_bio_PrivateKey_traditional(
					 bio, pkey, NULL, NULL, 0, NULL, NULL),
			1);
	else
		assert_int_equal(
			PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &data);
	pem = arena_str(arena, (struct str){ data, (size_t)n });
	BIO_free(bio);
	return pem;
}

static void check_pem(EVP_PKEY *pkey, enum jws_alg alg, bool traditional)
{
	struct jwk *private = NULL;
	struct jwk *public = NULL;
	struct str signature;

	assert_int_equal(jwk_read_pem(pem_of(pkey, true, traditional), &private), OK);
	assert_int_equal(jwk_read_pem(pem_of(pkey, false, false), &public), OK);
	assert_true(jwk_is_private(private));
	assert_false(jwk_is_private(public));
	assert_int_equal(jws_sign_raw(private, alg, arena, S("x"), &signature), OK);
	assert_int_equal(jws_verify_raw(public, alg, S("x"), signature), OK);
	jwk_unref(private);
	jwk_unref(public);
	EVP_PKEY_free(pkey);
}

static void pem_keys_are_read(void **state)
{
	(void)state;
	check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), JWS_RS256, false);
	check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072), JWS_PS256, true);
	check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), JWS_ES256, false);
	check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), JWS_ES384, true);
	check_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), JWS_EDDSA, false);
}

static void refuse_pem(EVP_PKEY *pkey, const char *why)
{
	struct jwk *key = NULL;

	assert_non_null(pkey);
	if (jwk_read_pem(pem_of(pkey, true, false), &key) != ERR_INVALID)
		fail_msg("read: %s", why);
	if (jwk_read_pem(pem_of(pkey, false, false), &key) != ERR_INVALID)
		fail_msg("read: public half of %s", why);
	EVP_PKEY_free(pkey);
}

static void pem_keys_that_are_not_for_us_are_refused(void **state)
{
	static const char encrypted[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
					"MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBB1\n"
					"-----END ENCRYPTED PRIVATE KEY-----\n";
	struct jwk *key = NULL;

	(void)state;
	refuse_pem(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024), "RSA-1024");
	refuse_pem(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1"), "secp256k1");
	refuse_pem(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "X25519");
	refuse_pem(EVP_PKEY_Q_keygen(NULL, NULL, "ED448"), "Ed448");
	assert_int_equal(jwk_read_pem(S(""), &key), ERR_INVALID);
	assert_int_equal(jwk_read_pem(S("no PEM at all"), &key), ERR_INVALID);
	assert_int_equal(jwk_read_pem(str_from(encrypted), &key), ERR_INVALID);
}

static void algorithms_have_their_names(void **state)
{
	(void)state;
	for (enum jws_alg alg = JWS_NONE; alg < JWS_UNKNOWN; alg++)
		assert_int_equal(jws_alg_from(str_from(jws_alg_name(alg))), alg);
	assert_string_equal(jws_alg_name(JWS_NONE), "none");
	assert_string_equal(jws_alg_name(JWS_UNKNOWN), "");
	assert_string_equal(jws_alg_name(JWS_EDDSA), "EdDSA");
	assert_int_equal(jws_alg_from(S("")), JWS_UNKNOWN);
	assert_int_equal(jws_alg_from(S("None")), JWS_UNKNOWN);
	assert_int_equal(jws_alg_from(S("rs256")), JWS_UNKNOWN);
	assert_int_equal(jws_alg_from(S("RS256\0")), JWS_UNKNOWN);
}

static void a_key_is_generated_for_what_signs_in_public_only(void **state)
{
	static const enum jws_alg others[] = { JWS_NONE, JWS_HS256, JWS_HS512, JWS_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct jwk *key = NULL;

		assert_int_equal(jwk_generate(others[i], &key), ERR_INVALID);
		assert_null(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_key_survives_writing_and_reading),
		cmocka_unit_test(a_symmetric_key_survives_too),
		cmocka_unit_test(what_is_published_is_public),
		cmocka_unit_test(thumbprints_are_those_of_the_rfcs),
		cmocka_unit_test(sound_keys_are_read),
		cmocka_unit_test(unsound_keys_are_refused),
		cmocka_unit_test(rsa_halves_that_do_not_fit_are_refused),
		cmocka_unit_test(pem_keys_are_read),
		cmocka_unit_test(pem_keys_that_are_not_for_us_are_refused),
		cmocka_unit_test(algorithms_have_their_names),
		cmocka_unit_test(a_key_is_generated_for_what_signs_in_public_only),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
