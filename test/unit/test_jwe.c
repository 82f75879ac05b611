/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Encryption with key pairs. Judges beside ourselves: the cookbook of RFC 7520, Wycheproof
 * (both from the folder TACIT_VECTORS) and libcjose.
 */

#include <stdlib.h>

#include <cjose/cjose.h>

#include "base/base64.h"
#include "jose/jwe.h"
#include "jose/jwk_key.h"
#include "jose_support.h"

static const char *folder;

static const struct json *vectors(const char *name)
{
	enum { FILE_MAX = 1 << 20 };
	char *text;
	size_t n;
	FILE *f;

	if (folder == NULL)
		return NULL;
	f = fopen(arena_printf(arena, "%s/%s", folder, name).p, "rb");
	assert_non_null(f);
	text = arena_alloc(arena, FILE_MAX);
	n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	return json_from((struct str){ text, n });
}

/* Keys are made by what signs with them; here only their kind counts. */
static const enum jws_alg kinds[] = { JWS_RS256, JWS_ES256, JWS_ES384, JWS_ES512 };
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct jwk *recipient_half(const struct jwk *key)
{
	struct jwk *half = NULL;

	assert_int_equal(
		jwk_read_encryption(json_from(jwk_write_encryption(key, arena, S("k"))), &half),
		OK);
	assert_false(jwk_is_private(half));
	return half;
}

static enum err open(struct str compact, const struct jwk *key, struct str *ret)
{
	struct jwe jwe;
	enum err err = jwe_parse(arena, compact, &jwe);

	return err == OK ? jwe_decrypt(&jwe, key, arena, ret) : err;
}

static void what_is_sealed_opens(const struct jwk *key, enum jwe_alg alg, enum jwe_enc enc)
{
	static const char *const texts[] = { "", "x", "sixteen bytes ..", "{\"sub\":\"a\"}" };
	struct jwk *half = recipient_half(key);
	struct jwk *other = key_for(JWS_ES256);
	struct jwe_recipient to = { half, S("k"), alg, enc };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct str compact = { 0 };
		struct str plain = { 0 };
		struct str again = { 0 };

		assert_int_equal(
			jwe_encrypt(&to, S("JWT"), arena, str_from(texts[i]), &compact), OK);
		assert_int_equal(open(compact, key, &plain), OK);
		assert_true(str_is(plain, texts[i]));
		assert_int_equal(
			jwe_encrypt(&to, S("JWT"), arena, str_from(texts[i]), &again), OK);
		assert_false(str_eq(compact, again));
		assert_int_equal(open(compact, half, &plain), ERR_INVALID);
		assert_int_equal(open(compact, other, &plain), ERR_INVALID);
	}
	jwk_unref(other);
	jwk_unref(half);
}

static void every_pair_of_algorithms(void **state)
{
	unsigned pairs = 0;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct jwk *key = key_for(kinds[i]);

		for (enum jwe_alg alg = 0; alg < JWE_ALGS; alg++)
			for (enum jwe_enc enc = 1; enc < JWE_ENCS; enc++)
				if (jwk_fits_jwe(key, alg)) {
					what_is_sealed_opens(key, alg, enc);
					pairs++;
				}
		jwk_unref(key);
	}
	assert_int_equal(pairs, (2 + 3 * 3) * (JWE_ENCS - 1));
}

/* One character of any part, and nothing comes out. */
static void what_was_changed_does_not_open(void **state)
{
	static const enum jwe_enc encs[] = { JWE_A128GCM, JWE_A128CBC_HS256 };
	static const enum jwe_alg algs[] = { JWE_RSA_OAEP_256, JWE_ECDH_ES,
		JWE_ECDH_ES_A256KW };

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct jwk *key = key_for(i / 2 == 0 ? JWS_RS256 : JWS_ES256);
		struct jwe_recipient to = { key, S("k"), algs[i / 2], encs[i % 2] };
		struct str compact, plain;

		assert_int_equal(jwe_encrypt(&to, S(""), arena, S("secret"), &compact), OK);
		for (size_t at = 0; at < compact.n; at++) {
			char *changed = arena_alloc(arena, compact.n + 1);

			memcpy(changed, compact.p, compact.n);
			changed[compact.n] = '\0';
			changed[at] = changed[at] == 'A' ? 'B' : 'A';
			if (changed[at] == compact.p[at])
				continue;
			assert_int_equal(open(str_from(changed), key, &plain), ERR_INVALID);
		}
		for (size_t n = 0; n < compact.n; n += 7)
			assert_int_equal(open(str_first(compact, n), key, &plain), ERR_INVALID);
		jwk_unref(key);
	}
}

static struct str with_header(const char *header, struct str compact)
{
	struct str encoded = base64url_encode(arena, header, strlen(header));
	ptrdiff_t dot = str_index(compact, '.');

	return arena_printf(arena, STR_FMT STR_FMT, STR_ARG(encoded),
		STR_ARG(str_after(compact, (size_t)dot)));
}

static void headers_that_are_refused(void **state)
{
	static const char *const bad[] = {
		"{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"zip\":\"DEF\"}",
		"{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"alg\":\"ECDH-ES\"}",
		"{\"alg\":\"dir\",\"enc\":\"A128GCM\"}",
		"{\"alg\":\"none\",\"enc\":\"A128GCM\"}",
		"{\"alg\":\"RSA1_5\",\"enc\":\"A128GCM\"}",
		"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\",\"p2c\":2147483647}",
		"{\"alg\":\"ECDH-ES\",\"enc\":\"none\"}",
		"{\"alg\":\"ECDH-ES\"}",
		"{\"alg\":[\"ECDH-ES\"],\"enc\":\"A128GCM\"}",
		"{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"kid\":7}",
		"{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"apu\":7}",
		"[]",
		"",
		"7",
	};
	struct jwk *key = key_for(JWS_ES256);
	struct jwe_recipient to = { key, S(""), JWE_ECDH_ES, JWE_A128GCM };
	struct str compact;
	struct jwe jwe;

	(void)state;
	assert_int_equal(jwe_encrypt(&to, S(""), arena, S("x"), &compact), OK);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			jwe_parse(arena, with_header(bad[i], compact), &jwe), ERR_INVALID);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(
			jwe_parse(arena, str_first(S("........"), i), &jwe), ERR_INVALID);
	jwk_unref(key);
}

/* An ephemeral key that is off the curve, on another one, or none at all. */
static void ephemeral_keys_are_looked_at(void **state)
{
	static const char *const epks[] = {
		"null",
		"7",
		"{}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
		"{\"kty\":\"oct\",\"k\":\"AAAA\"}",
		"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":"
		"\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	};
	struct jwk *key = key_for(JWS_ES256);
	struct jwk *other = key_for(JWS_ES384);
	struct jwe_recipient to = { key, S(""), JWE_ECDH_ES, JWE_A128GCM };
	struct str compact, plain;

	(void)state;
	assert_int_equal(jwe_encrypt(&to, S(""), arena, S("x"), &compact), OK);
	for (size_t i = 0; i <= sizeof(epks) / sizeof(epks[0]); i++) {
		const char *epk = i < sizeof(epks) / sizeof(epks[0])
					  ? epks[i]
					  : jwk_write_members(other, arena).p;
		struct str header = arena_printf(
			arena, "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"epk\":%s}", epk);

		assert_int_equal(
			open(with_header(header.p, compact), key, &plain), ERR_INVALID);
	}
	jwk_unref(other);
	jwk_unref(key);
}

static void keys_for_something_else(void **state)
{
	static const char *const bad[] = {
		"{\"kty\":\"oct\",\"k\":\"c2VjcmV0c2VjcmV0\"}",
		"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_"
		"7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
		"{}",
		"[]",
	};
	struct jwk *key = key_for(JWS_ES256);
	struct jwk *got = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			jwk_read_encryption(json_from(str_from(bad[i])), &got), ERR_INVALID);
	assert_int_equal(
		jwk_read_encryption(
			json_from(jwk_write_public(key, arena, S("k"), JWS_ES256)), &got),
		ERR_INVALID);
	assert_int_equal(jwk_read(json_from(jwk_write_encryption(key, arena, S("k"))), &got),
		ERR_INVALID);
	jwk_unref(key);
}

static void cookbook(const char *name, enum err expected)
{
	const struct json *all = vectors(arena_printf(arena, "rfc7520/jwe_%s.json", name).p);
	const struct json *input = json_get(all, "input");
	struct jwk *key;
	struct str plain = { 0 };
	enum err err;

	if (all == NULL)
		return;
	err = jwk_read_encryption(json_get(input, "key"), &key);
	if (err == OK) {
		err = open(json_get_str(json_get(all, "output"), "compact"), key, &plain);
		jwk_unref(key);
	}
	assert_int_equal(err, expected);
	if (expected == OK)
		assert_true(str_eq(plain, json_get_str(input, "plaintext")));
}

static void the_cookbook(void **state)
{
	(void)state;
	cookbook("5_2.key_encryption_using_rsa-oaep_with_aes-gcm", OK);
	cookbook("5_4.key_agreement_with_key_wrapping_using_ecdh-es_and_aes-keywrap_with_"
		 "aes-gcm",
		OK);
	cookbook("5_5.key_agreement_using_ecdh-es_with_aes-cbc-hmac-sha2", OK);
	cookbook("5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2", ERR_INVALID);
	cookbook("5_6.direct_encryption_using_aes-gcm", ERR_INVALID);
	cookbook("5_9.compressed_content", ERR_INVALID);
}

/* Is it one of the algorithms that we have? The rest is refused, valid or not. */
static bool is_ours(struct str compact)
{
	ptrdiff_t dot = str_index(compact, '.');
	const struct json *header = NULL;
	struct str text;

	if (dot <= 0 || base64url_decode(arena, str_first(compact, (size_t)dot), &text) != OK ||
		json_parse(arena, text, &header, NULL) != OK)
		return false;
	return jwe_alg_from(json_get_str(header, "alg")) != JWE_ALG_UNKNOWN &&
	       jwe_enc_from(json_get_str(header, "enc")) != JWE_ENC_UNKNOWN &&
	       json_get(header, "zip") == NULL;
}

static void wycheproof(void **state)
{
	const struct json *all = vectors("wycheproof/json_web_encryption_test.json");
	unsigned opened = 0, judged = 0;

	(void)state;
	json_each(group, json_get(all, "testGroups"))
	{
		struct jwk *key = NULL;
		enum err readable = jwk_read_encryption(json_get(group, "private"), &key);

		json_each(test, json_get(group, "tests"))
		{
			struct str compact = json_get_str(test, "jwe");
			bool valid = str_is(json_get_str(test, "result"), "valid");
			struct str plain;
			bool opens = readable == OK && open(compact, key, &plain) == OK;

			if (opens && !valid)
				fail_msg("%d opens", (int)json_get_int(test, "tcId", 0));
			if (!opens && valid && readable == OK && is_ours(compact))
				fail_msg(
					"%d does not open", (int)json_get_int(test, "tcId", 0));
			opened += opens;
			judged++;
		}
		if (readable == OK)
			jwk_unref(key);
	}
	if (all != NULL) {
		assert_int_equal(judged, json_get_int(all, "numberOfTests", 0));
		assert_true(opened >= 10);
	}
}

static cjose_jwk_t *their_key(const struct jwk *key)
{
	struct str text = jwk_write_private(key, arena);
	cjose_jwk_t *theirs = cjose_jwk_import(text.p, text.n, NULL);

	assert_non_null(theirs);
	return theirs;
}

static void they_open(const struct jwk *key, enum jwe_alg alg, enum jwe_enc enc)
{
	struct jwe_recipient to = { key, S(""), alg, enc };
	cjose_jwk_t *theirs = their_key(key);
	struct str compact;
	cjose_jwe_t *jwe;
	uint8_t *plain;
	size_t n = 0;
	cjose_err err = { 0 }; /* libcjose writes to it unasked */

	assert_int_equal(jwe_encrypt(&to, S(""), arena, S("what we say"), &compact), OK);
	jwe = cjose_jwe_import(compact.p, compact.n, NULL);
	assert_non_null(jwe);
	plain = cjose_jwe_decrypt(jwe, theirs, &n, &err);
	assert_non_null(plain);
	assert_true(str_is((struct str){ (const char *)plain, n }, "what we say"));
	free(plain);
	cjose_jwe_release(jwe);
	cjose_jwk_release(theirs);
}

static void we_open(const struct jwk *key, enum jwe_alg alg, enum jwe_enc enc)
{
	cjose_header_t *header = cjose_header_new(NULL);
	cjose_jwk_t *theirs = their_key(key);
	cjose_err err = { 0 }; /* libcjose writes to it unasked */
	struct str plain = { 0 };
	cjose_jwe_t *jwe;
	char *compact;

	assert_true(cjose_header_set(header, CJOSE_HDR_ALG, jwe_alg_name(alg), NULL));
	assert_true(cjose_header_set(header, CJOSE_HDR_ENC, jwe_enc_name(enc), NULL));
	jwe = cjose_jwe_encrypt(theirs, header, (const uint8_t *)"what they say", 13, &err);
	assert_non_null(jwe);
	compact = cjose_jwe_export(jwe, NULL);
	assert_int_equal(open(str_from(compact), key, &plain), OK);
	assert_true(str_is(plain, "what they say"));
	free(compact);
	cjose_jwe_release(jwe);
	cjose_jwk_release(theirs);
	cjose_header_release(header);
}

static void another_library_agrees(void **state)
{
	static const enum jwe_enc encs[] = { JWE_A256GCM, JWE_A128CBC_HS256,
		JWE_A256CBC_HS512 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct jwk *key = key_for(kinds[i]);
		enum jwe_alg alg = i == 0 ? JWE_RSA_OAEP : JWE_ECDH_ES;

		for (size_t j = 0; j < sizeof(encs) / sizeof(encs[0]); j++) {
			they_open(key, alg, encs[j]);
			we_open(key, alg, encs[j]);
		}
		jwk_unref(key);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, arena_set_up, arena_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_pair_of_algorithms),
		TEST(what_was_changed_does_not_open),
		TEST(headers_that_are_refused),
		TEST(ephemeral_keys_are_looked_at),
		TEST(keys_for_something_else),
		TEST(the_cookbook),
		TEST(wycheproof),
		TEST(another_library_agrees),
	};

	folder = vectors_folder();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
