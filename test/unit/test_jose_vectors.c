/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Other people's vectors (Wycheproof; the cookbook of RFC 7520) and another library
 * (libcjose) as judges. The vectors are read from the folder TACIT_VECTORS.
 */

#include <stdlib.h>

#include <cjose/cjose.h>

#include "base/base64.h"
#include "jose/jwks.h"
#include "jose/jws.h"
#include "jose_support.h"

static const char *folder;

/* The file as JSON, or NULL when there are no vectors. */
static const struct json *vectors(const char *name)
{
	enum { FILE_MAX = 1 << 20 };
	const char *path;
	char *text;
	size_t n;
	FILE *f;

	if (folder == NULL)
		return NULL;
	path = arena_printf(arena, "%s/%s", folder, name).p;
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("cannot open %s", path);
	text = arena_alloc(arena, FILE_MAX);
	n = fread(text, 1, FILE_MAX, f);
	fclose(f);
	assert_true(n > 0 && n < FILE_MAX);
	return json_from((struct str){ text, n });
}

static struct jwk *try_key(const struct json *map)
{
	struct jwk *key = NULL;

	return jwk_read(map, &key) == OK ? key : NULL;
}

static struct str hex_of(const struct json *map, const char *name)
{
	struct str bytes = { 0 };

	assert_int_equal(hex_decode(arena, json_get_str(map, name), &bytes), OK);
	return bytes;
}

/* Where we say something else than the vectors do, and why. */
/* clang-format off */
static const struct choice {
	const char *file;
	int64_t id;
	bool accepted;
	const char *why;
} choices[] = {
	{ "json_web_signature", 346, false, "the key is for PS256 and the token PS384: one key, one algorithm" },
	{ "json_web_signature", 350, false, "the key is for PS256 and the token PS384: one key, one algorithm" },
	{ "json_web_signature", 347, false, "the key's alg is ES521, which does not exist" },
	{ "json_web_signature", 351, false, "the key's alg is ES521, which does not exist" },
	{ "json_web_signature", 372, false, "a '?' inside the base64 of the header: no value has two spellings" },
	{ "json_web_signature", 373, false, "a '?' inside the base64 of the payload: no value has two spellings" },
	{ "json_web_signature", 367, true, "the same bytes as 357, which is valid: its padding was lost" },
	{ "json_web_signature", 370, true, "the same bytes as 357, which is valid: its padding was lost" },
	{ "rsa_signature_2048_sha256", 8, false, "acceptable: a DigestInfo without the NULL; RFC 8017 has it" },
};
/* clang-format on */

static const struct choice *choice_for(const char *file, int64_t id)
{
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++) {
		if (choices[i].id == id && strcmp(choices[i].file, file) == 0)
			return &choices[i];
	}
	return NULL;
}

static unsigned judged;

static void judge(const char *file, const struct json *test, bool accepted)
{
	struct str result = json_get_str(test, "result");
	int64_t id = json_get_int(test, "tcId", -1);
	const struct choice *choice = choice_for(file, id);
	bool expected = str_is(result, "valid");

	judged++;
	if (choice != NULL)
		expected = choice->accepted;
	else if (str_is(result, "acceptable"))
		fail_msg("%s %d: acceptable, and no choice is made", file, (int)id);
	if (accepted != expected)
		fail_msg("%s %d is " STR_FMT ", but %s: " STR_FMT, file, (int)id,
			STR_ARG(result), accepted ? "was accepted" : "was refused",
			STR_ARG(json_get_str(test, "comment")));
}

static void expect_judged(const struct json *all)
{
	if (all != NULL)
		assert_int_equal(judged, json_get_int(all, "numberOfTests", 0));
}

static void raw_group(const char *file, enum jws_alg alg, const struct json *group)
{
	const struct json *map = json_get(group, "publicKeyJwk");
	struct jwk *pem = NULL;
	struct jwk *key;

	assert_int_equal(jwk_read_pem(json_get_str(group, "publicKeyPem"), &pem), OK);
	key = map != NULL ? try_key(map) : public_half(pem, alg);
	assert_non_null(key);
	json_each(test, json_get(group, "tests"))
	{
		struct str sig = hex_of(test, "sig");
		struct str msg = hex_of(test, "msg");
		bool fits = jws_verify_raw(key, alg, msg, sig) == OK;

		judge(file, test, fits);
		assert_true(fits == (jws_verify_raw(pem, alg, msg, sig) == OK));
	}
	jwk_unref(key);
	jwk_unref(pem);
}

/* Signatures over bytes, with the key of each group in both spellings. */
static void raw_vectors(const char *file, enum jws_alg alg)
{
	const struct json *all =
		vectors(arena_printf(arena, "wycheproof/%s_test.json", file).p);

	judged = 0;
	json_each(group, json_get(all, "testGroups")) raw_group(file, alg, group);
	expect_judged(all);
}

static void wycheproof_ecdsa(void **state)
{
	(void)state;
	raw_vectors("ecdsa_secp256r1_sha256_p1363", JWS_ES256);
}

static void wycheproof_ed25519(void **state)
{
	(void)state;
	raw_vectors("ed25519", JWS_EDDSA);
}

static void wycheproof_rsa_pkcs1(void **state)
{
	(void)state;
	raw_vectors("rsa_signature_2048_sha256", JWS_RS256);
}

static void wycheproof_rsa_pss(void **state)
{
	(void)state;
	raw_vectors("rsa_pss_2048_sha256_mgf1_32", JWS_PS256);
}

/* As we verify: the key says which algorithm, the token must say the same. */
static bool verifies(const struct jwk *key, enum jws_alg alg, struct str compact)
{
	struct jws jws;

	return key != NULL && jws_parse(arena, compact, &jws) == OK &&
	       jws_verify(&jws, key, alg) == OK;
}

static void wycheproof_json_web_signature(void **state)
{
	const struct json *all = vectors("wycheproof/json_web_signature_test.json");

	(void)state;
	judged = 0;
	json_each(group, json_get(all, "testGroups"))
	{
		const struct json *public = json_get(group, "public");
		const struct json *map = public != NULL ? public : json_get(group, "private");
		enum jws_alg alg = jws_alg_from(json_get_str(map, "alg"));
		struct jwk *key = try_key(map);

		json_each(test, json_get(group, "tests")) judge("json_web_signature", test,
			verifies(key, alg, json_get_str(test, "jws")));
		jwk_unref(key);
	}
	expect_judged(all);
}

static bool set_verifies(const struct json *map, struct str compact)
{
	struct jwks set = { 0 };
	struct jws jws;
	bool fits = false;

	if (jwks_read(arena, map, &set) != OK)
		return false;
	if (jws_parse(arena, compact, &jws) == OK) {
		const struct jwk *key = jwks_find(&set, jws.kid, jws.alg);

		fits = key != NULL && jws_verify(&jws, key, jws.alg) == OK;
	}
	jwks_done(&set);
	return fits;
}

static void wycheproof_json_web_key(void **state)
{
	const struct json *all = vectors("wycheproof/json_web_key_test.json");

	(void)state;
	judged = 0;
	json_each(group, json_get(all, "testGroups"))
	{
		const struct json *public = json_get(group, "public");
		const struct json *map = public != NULL ? public : json_get(group, "private");

		json_each(test, json_get(group, "tests")) judge(
			"json_web_key", test, set_verifies(map, json_get_str(test, "jws")));
	}
	expect_judged(all);
}

/* What we sign, where it can be repeated, is what the cookbook has; the rest verifies. */
static void cookbook_signature(const char *name, bool deterministic)
{
	const struct json *all = vectors(arena_printf(arena, "rfc7520/%s.json", name).p);
	const struct json *input = json_get(all, "input");
	const struct json *signing = json_get(all, "signing");
	enum jws_alg alg = jws_alg_from(json_get_str(input, "alg"));
	struct str bytes = json_get_str(signing, "sig-input");
	struct str compact = json_get_str(json_get(all, "output"), "compact");
	struct str expected;
	struct str ours;
	struct jwk *key;

	if (all == NULL)
		return;
	key = try_key(json_get(input, "key"));
	assert_non_null(key);
	assert_int_equal(base64url_decode(arena, json_get_str(signing, "sig"), &expected), OK);
	assert_int_equal(jws_verify_raw(key, alg, bytes, expected), OK);
	assert_int_equal(jws_sign_raw(key, alg, arena, bytes, &ours), OK);
	if (deterministic)
		assert_true(str_eq(ours, expected));
	if (compact.n > 0 && str_find(compact, S("..")) < 0)
		assert_true(verifies(key, alg, compact));
	jwk_unref(key);
}

static void the_cookbooks_signatures(void **state)
{
	(void)state;
	cookbook_signature("jws_4_1.rsa_v15_signature", true);
	cookbook_signature("jws_4_2.rsa-pss_signature", false);
	cookbook_signature("jws_4_3.ecdsa_signature", false);
	cookbook_signature("jws_4_4.hmac-sha2_integrity_protection", true);
	cookbook_signature("jws_4_5.signature_with_detached_content", true);
	cookbook_signature("jws_4_6.protecting_specific_header_fields", true);
	cookbook_signature("curve25519_jws", true);
}

static void the_cookbooks_keys(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		bool read;
	} rows[] = {
		{ "jwk_3_1.ec_public_key", true },
		{ "jwk_3_2.ec_private_key", true },
		{ "jwk_3_3.rsa_public_key", true },
		{ "jwk_3_4.rsa_private_key", true },
		{ "jwk_3_5.symmetric_key_mac_computation", true },
		{ "jwk_3_6.symmetric_key_encryption", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct json *map =
			vectors(arena_printf(arena, "rfc7520/%s.json", rows[i].name).p);
		struct jwk *key = map != NULL ? try_key(map) : NULL;

		if (map != NULL)
			assert_true((key != NULL) == rows[i].read);
		jwk_unref(key);
	}
}

static const enum jws_alg common[] = { JWS_RS256, JWS_RS384, JWS_RS512, JWS_PS256, JWS_PS384,
	JWS_PS512, JWS_ES256, JWS_ES384, JWS_ES512, JWS_HS256, JWS_HS384, JWS_HS512 };

static cjose_jwk_t *their_key(const struct jwk *key)
{
	struct str text = jwk_write_private(key, arena);
	cjose_jwk_t *theirs = cjose_jwk_import(text.p, text.n, NULL);

	assert_non_null(theirs);
	return theirs;
}

static bool they_verify(struct str compact, const cjose_jwk_t *key)
{
	cjose_jws_t *jws = cjose_jws_import(compact.p, compact.n, NULL);
	bool fits;

	assert_non_null(jws);
	fits = cjose_jws_verify(jws, key, NULL);
	cjose_jws_release(jws);
	return fits;
}

static struct str they_sign(const cjose_jwk_t *key, enum jws_alg alg, struct str payload)
{
	cjose_header_t *header = cjose_header_new(NULL);
	struct str compact;
	cjose_jws_t *jws;
	const char *text;

	assert_true(cjose_header_set(header, CJOSE_HDR_ALG, jws_alg_name(alg), NULL));
	jws = cjose_jws_sign(key, header, (const uint8_t *)payload.p, payload.n, NULL);
	assert_non_null(jws);
	assert_true(cjose_jws_export(jws, &text, NULL));
	compact = arena_str(arena, str_from(text));
	cjose_jws_release(jws);
	cjose_header_release(header);
	return compact;
}

/* Enough rounds that an r, s or RSA signature begins with a zero byte now and then. */
static void libcjose_and_we_understand_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		enum jws_alg alg = common[i];
		struct jwk *key = key_for(alg);
		struct jwk *other =
			alg < JWS_HS256
				? key_for(alg)
				: jwk_from_secret(S("another secret, of sixty-four "
						    "bytes like the first, but not it."));
		cjose_jwk_t *theirs = their_key(key);
		cjose_jwk_t *their_other = their_key(other);

		for (int round = 0; round < (alg == JWS_ES256 ? 300 : 10); round++) {
			struct str ours;
			struct str made;

			assert_int_equal(jws_sign(key, alg, S("JWT"), S("k"), arena,
						 S("{\"a\":1}"), &ours),
				OK);
			assert_true(they_verify(ours, theirs));
			assert_false(they_verify(ours, their_other));
			made = they_sign(theirs, alg, S("{\"b\":2}"));
			assert_true(verifies(key, alg, made));
			assert_false(verifies(other, alg, made));
		}
		cjose_jwk_release(theirs);
		cjose_jwk_release(their_other);
		jwk_unref(key);
		jwk_unref(other);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			wycheproof_ecdsa, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			wycheproof_ed25519, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			wycheproof_rsa_pkcs1, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			wycheproof_rsa_pss, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			wycheproof_json_web_signature, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			wycheproof_json_web_key, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			the_cookbooks_signatures, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			the_cookbooks_keys, arena_set_up, arena_tear_down),
		cmocka_unit_test_setup_teardown(
			libcjose_and_we_understand_each_other, arena_set_up, arena_tear_down),
	};

	folder = vectors_folder();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
