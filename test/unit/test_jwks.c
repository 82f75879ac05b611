/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "jose/jwks.h"
#include "jose_support.h"

#define ED25519                                                      \
	"\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_" \
	"7TyWQHOg7hcvPapiMlrwIaaPcHURo\""
#define P256                                               \
	"\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"          \
	"\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"," \
	"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\""
#define SECRET "\"kty\":\"oct\",\"k\":\"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\""

static struct jwks read_set(struct str text)
{
	struct jwks set = { 0 };

	if (jwks_read(arena, json_from(text), &set) != OK)
		fail_msg("not a set: " STR_FMT, STR_ARG(text));
	return set;
}

static void keys_are_found_by_kid_and_algorithm(void **state)
{
	struct jwks set =
		read_set(S("{\"keys\":[{" ED25519 ",\"kid\":\"ed\"},"
			   "{" P256 ",\"kid\":\"ec\",\"alg\":\"ES256\"},{" P256 "}]}"));

	(void)state;
	assert_int_equal(set.count, 3);
	assert_ptr_equal(jwks_find(&set, S("ed"), JWS_EDDSA), set.keys[0].key);
	assert_ptr_equal(jwks_find(&set, S("ec"), JWS_ES256), set.keys[1].key);
	assert_ptr_equal(jwks_find(&set, (struct str){ 0 }, JWS_ES256), set.keys[1].key);
	assert_ptr_equal(jwks_find(&set, S(""), JWS_EDDSA), set.keys[0].key);
	assert_null(jwks_find(&set, S("ed"), JWS_ES256));
	assert_null(jwks_find(&set, S("ec"), JWS_EDDSA));
	assert_null(jwks_find(&set, S("nobody"), JWS_ES256));
	assert_null(jwks_find(&set, S(""), JWS_RS256));
	assert_null(jwks_find(&set, S(""), JWS_NONE));
	assert_null(jwks_find(&set, S(""), JWS_UNKNOWN));
	assert_int_equal(set.keys[0].alg, JWS_UNKNOWN);
	assert_int_equal(set.keys[1].alg, JWS_ES256);
	jwks_done(&set);
	assert_int_equal(set.count, 0);
	jwks_done(&set);
}

static void a_key_that_names_its_algorithm_does_no_other(void **state)
{
	struct jwk *key = key_for(JWS_RS256);
	struct jwks set = read_set(arena_printf(
		arena, "{\"keys\":[%s]}", jwk_write_public(key, arena, S("k"), JWS_RS256).p));

	(void)state;
	assert_non_null(jwks_find(&set, S("k"), JWS_RS256));
	assert_null(jwks_find(&set, S("k"), JWS_PS256));
	assert_null(jwks_find(&set, S("k"), JWS_RS512));
	jwks_done(&set);
	jwk_unref(key);
}

static void keys_that_are_not_ours_are_passed_over(void **state)
{
	struct jwks set =
		read_set(S("{\"keys\":[{\"kty\":\"AKP\"},{" P256 ",\"use\":\"enc\"},7,"
			   "{" P256 ",\"alg\":\"ECDH-ES\"},{" ED25519 "},{}]}"));

	(void)state;
	assert_int_equal(set.count, 1);
	jwks_done(&set);
	set = read_set(S("{\"keys\":[]}"));
	assert_int_equal(set.count, 0);
	jwks_done(&set);
}

static void what_is_no_set_is_refused(void **state)
{
	static const char *const rows[] = { "[]", "{}", "null", "{\"keys\":{}}",
		"{\"keys\":null}", "{" ED25519 "}", "{\"keys\":[{" SECRET "},{" P256 "}]}",
		"{\"keys\":[{" P256 "},{" SECRET "}]}",
		"{\"keys\":[{" P256 ",\"kid\":\"1\"},{" P256 ",\"kid\":\"1\"}]}" };
	struct jwks set = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (jwks_read(arena, json_from(str_from(rows[i])), &set) != ERR_INVALID)
			fail_msg("a set: %s", rows[i]);
	}
	assert_null(set.keys);
}

static struct str many(int count)
{
	struct buf text = buf_new(arena, 8192);

	buf_add(&text, S("{\"keys\":["));
	for (int i = 0; i < count; i++)
		buf_addf(&text, "%s{" ED25519 ",\"kid\":\"%d\"}", i > 0 ? "," : "", i);
	buf_add(&text, S("]}"));
	return buf_str(&text);
}

static void thirty_two_keys_are_enough(void **state)
{
	struct jwks set = read_set(many(32));

	(void)state;
	assert_int_equal(set.count, 32);
	assert_ptr_equal(jwks_find(&set, S("31"), JWS_EDDSA), set.keys[31].key);
	jwks_done(&set);
	assert_int_equal(jwks_read(arena, json_from(many(33)), &set), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_found_by_kid_and_algorithm),
		cmocka_unit_test(a_key_that_names_its_algorithm_does_no_other),
		cmocka_unit_test(keys_that_are_not_ours_are_passed_over),
		cmocka_unit_test(what_is_no_set_is_refused),
		cmocka_unit_test(thirty_two_keys_are_enough),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
