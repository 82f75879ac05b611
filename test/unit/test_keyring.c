/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "jose/keyring.h"
#include "jose_support.h"

enum { KEYS = 7 };

static struct jwk *keys[KEYS];
static struct keyring *ring;

static const struct {
	const char *kid;
	enum jws_alg alg;
	enum key_state state;
} rows[KEYS] = {
	{ "es-old", JWS_ES256, KEY_PREVIOUS },
	{ "es-now", JWS_ES256, KEY_CURRENT },
	{ "es-next", JWS_ES256, KEY_NEXT },
	{ "es-gone", JWS_ES256, KEY_REVOKED },
	{ "ed-now", JWS_EDDSA, KEY_CURRENT },
	{ "rs-next", JWS_RS256, KEY_NEXT },
	{ "hs-now", JWS_HS256, KEY_CURRENT },
};

static struct keyring *make_ring(void)
{
	struct keyring_key list[KEYS];

	for (size_t i = 0; i < KEYS; i++)
		list[i] = (struct keyring_key){ keys[i], str_from(rows[i].kid), rows[i].alg,
			rows[i].state };
	return keyring_new(list, KEYS);
}

static int set_up(void **state)
{
	arena_set_up(state);
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = key_for(rows[i].alg);
	ring = make_ring();
	return 0;
}

static int tear_down(void **state)
{
	keyring_free(ring);
	keyring_free(NULL);
	for (size_t i = 0; i < KEYS; i++)
		jwk_unref(keys[i]);
	jwk_unref(NULL);
	return arena_tear_down(state);
}

static void what_is_published_verifies_or_will(void **state)
{
	const struct json *list = json_get(json_from(keyring_jwks(ring)), "keys");
	static const char *const shown[] = { "es-old", "es-now", "es-next", "ed-now",
		"rs-next" };
	size_t i = 0;

	(void)state;
	assert_int_equal(list->count, sizeof(shown) / sizeof(shown[0]));
	json_each(key, list)
	{
		assert_true(str_is(json_get_str(key, "kid"), shown[i++]));
		assert_null(json_get(key, "d"));
		assert_null(json_get(key, "k"));
	}
}

static void the_current_key_signs(void **state)
{
	struct str kid = { 0 };
	struct str token;
	struct jws jws;

	(void)state;
	assert_ptr_equal(keyring_current(ring, JWS_ES256, &kid), keys[1]);
	assert_true(str_is(kid, "es-now"));
	assert_int_equal(
		keyring_sign(ring, JWS_ES256, S("at+jwt"), arena, S("{}"), &token), OK);
	assert_int_equal(jws_parse(arena, token, &jws), OK);
	assert_true(str_is(jws.kid, "es-now"));
	assert_true(str_is(jws.typ, "at+jwt"));
	assert_int_equal(jws_verify(&jws, keys[1], JWS_ES256), OK);
	assert_int_equal(jws_verify(&jws, keys[0], JWS_ES256), ERR_INVALID);
}

static void without_a_current_key_nothing_is_signed(void **state)
{
	static const enum jws_alg others[] = { JWS_RS256, JWS_PS256, JWS_NONE, JWS_UNKNOWN };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct str token = S("untouched");

		assert_null(keyring_current(ring, others[i], &token));
		assert_int_equal(
			keyring_sign(ring, others[i], S("JWT"), arena, S("{}"), &token),
			ERR_NOT_FOUND);
		assert_true(str_is(token, "untouched"));
	}
}

static void all_but_revoked_keys_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++) {
		enum jws_alg alg = JWS_UNKNOWN;
		const struct jwk *key = keyring_find(ring, str_from(rows[i].kid), &alg);

		assert_ptr_equal(key, rows[i].state == KEY_REVOKED ? NULL : keys[i]);
		assert_int_equal(alg, key == NULL ? JWS_UNKNOWN : rows[i].alg);
	}
	assert_null(keyring_find(ring, S("nobody"), &(enum jws_alg){ 0 }));
	assert_null(keyring_find(ring, (struct str){ 0 }, &(enum jws_alg){ 0 }));
}

static void an_empty_ring_is_a_ring(void **state)
{
	struct keyring *empty = keyring_new(NULL, 0);

	(void)state;
	assert_true(str_is(keyring_jwks(empty), "{\"keys\":[]}"));
	keyring_free(empty);
}

static void a_ring_outlives_the_callers_keys(void **state)
{
	struct jwk *key = key_for(JWS_ES256);
	struct keyring_key entry = { key, S("k"), JWS_ES256, KEY_CURRENT };
	struct keyring *own = keyring_new(&entry, 1);
	struct str token;

	(void)state;
	jwk_unref(key);
	assert_int_equal(keyring_sign(own, JWS_ES256, S("JWT"), arena, S("{}"), &token), OK);
	keyring_free(own);
}

static void sign_and_verify(const struct keyring *with, struct arena *a, bool *ok)
{
	static const enum jws_alg algs[] = { JWS_ES256, JWS_EDDSA, JWS_HS256 };

	for (size_t i = 0; i < 3; i++) {
		const struct jwk *key;
		enum jws_alg alg;
		struct str token;
		struct jws jws;

		arena_reset(a);
		if (keyring_sign(with, algs[i], S("JWT"), a, S("{}"), &token) != OK ||
			jws_parse(a, token, &jws) != OK) {
			*ok = false;
			return;
		}
		key = keyring_find(with, jws.kid, &alg);
		if (key == NULL || jws_verify(&jws, key, alg) != OK)
			*ok = false;
	}
}

static void *sign_a_lot(void *ok)
{
	struct arena *a = arena_new(8192);

	for (int i = 0; i < 200; i++)
		sign_and_verify(ring, a, ok);
	arena_free(a);
	return NULL;
}

static void threads_share_a_ring(void **state)
{
	pthread_t threads[4];
	bool ok[4] = { true, true, true, true };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, sign_a_lot, &ok[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(ok[i]);
	}
}

/* Keys die after this thread has made copies of them, and while others sign. */
static void *rotate_a_lot(void *ok)
{
	struct arena *a = arena_new(8192);

	for (int i = 0; i < 100; i++) {
		struct keyring_key entries[2] = {
			{ .kid = S("1"), .alg = JWS_ES256, .state = KEY_CURRENT },
			{ .kid = S("2"), .alg = JWS_EDDSA, .state = KEY_CURRENT },
		};
		struct keyring *own;
		struct str token;

		for (size_t j = 0; j < 2; j++) {
			if (jwk_generate(entries[j].alg, &entries[j].key) != OK)
				*(bool *)ok = false;
		}
		own = keyring_new(entries, 2);
		for (size_t j = 0; j < 6; j++) {
			if (keyring_sign(own, entries[j % 2].alg, S("JWT"), a, S("{}"),
				    &token) != OK)
				*(bool *)ok = false;
		}
		jwk_unref(entries[0].key);
		jwk_unref(entries[1].key);
		sign_and_verify(ring, a, ok);
		keyring_free(own);
	}
	arena_free(a);
	return NULL;
}

static void keys_may_die_while_others_sign(void **state)
{
	pthread_t threads[3];
	bool ok[3] = { true, true, true };

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL,
					 i < 2 ? rotate_a_lot : sign_a_lot, &ok[i]),
			0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_true(ok[i]);
	}
}

static void more_keys_than_places_all_sign(void **state)
{
	enum { MANY = 150 };
	struct jwk *many[MANY];
	struct str token;
	struct jws jws;

	(void)state;
	for (int i = 0; i < MANY; i++)
		many[i] = key_for(JWS_ES256);
	for (int i = 0; i < 3 * MANY; i++) {
		const struct jwk *key = many[i % MANY];

		assert_int_equal(
			jws_sign(key, JWS_ES256, S(""), S(""), arena, S("{}"), &token), OK);
		assert_int_equal(jws_parse(arena, token, &jws), OK);
		assert_int_equal(jws_verify(&jws, key, JWS_ES256), OK);
		assert_int_equal(
			jws_verify(&jws, many[(i + 1) % MANY], JWS_ES256), ERR_INVALID);
	}
	for (int i = 0; i < MANY; i++)
		jwk_unref(many[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_published_verifies_or_will),
		cmocka_unit_test(the_current_key_signs),
		cmocka_unit_test(without_a_current_key_nothing_is_signed),
		cmocka_unit_test(all_but_revoked_keys_are_found),
		cmocka_unit_test(an_empty_ring_is_a_ring),
		cmocka_unit_test(a_ring_outlives_the_callers_keys),
		cmocka_unit_test(threads_share_a_ring),
		cmocka_unit_test(keys_may_die_while_others_sign),
		cmocka_unit_test(more_keys_than_places_all_sign),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
