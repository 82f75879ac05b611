/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "crypto/digest.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void expect_hex(const void *bytes, size_t n, const char *hex)
{
	assert_string_equal(hex_encode(arena, bytes, n).p, hex);
}

static struct str from_hex(const char *hex)
{
	struct str bytes;

	assert_int_equal(hex_decode(arena, str_from(hex), &bytes), OK);
	return bytes;
}

/* FIPS 180-4, the examples. */
static void sha2_gives_the_published_digests(void **state)
{
	struct str abc = S("abc");
	struct str d256 = sha256(arena, abc);
	struct str d384 = sha384(arena, abc);
	struct str d512 = sha512(arena, abc);

	(void)state;
	expect_hex(d256.p, d256.n,
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	expect_hex(d384.p, d384.n,
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		"8086072ba1e7cc2358baeca134c825a7");
	expect_hex(d512.p, d512.n,
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

static void an_empty_string_and_an_absent_one_hash_alike(void **state)
{
	static const char empty[] =
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
	unsigned char out[SHA256_SIZE];

	(void)state;
	sha256_into(S(""), out);
	expect_hex(out, sizeof(out), empty);
	sha256_into((struct str){ 0 }, out);
	expect_hex(out, sizeof(out), empty);
	assert_string_equal(sha256_base64url(arena, S("")).p,
		"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

/* RFC 4231, section 4: cases 1, 2, 6 (a key longer than a block). */
static void hmac_gives_the_published_codes(void **state)
{
	char long_key[131];
	unsigned char out[SHA512_SIZE];

	(void)state;
	hmac_sha256_into(
		from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), S("Hi There"), out);
	expect_hex(out, SHA256_SIZE,
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	hmac_sha384_into(S("Jefe"), S("what do ya want for nothing?"), out);
	expect_hex(out, SHA384_SIZE,
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649");
	hmac_sha512_into(S("Jefe"), S("what do ya want for nothing?"), out);
	expect_hex(out, SHA512_SIZE,
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
	memset(long_key, 0xaa, sizeof(long_key));
	hmac_sha256_into((struct str){ long_key, sizeof(long_key) },
		S("Test Using Larger Than Block-Size Key - Hash Key First"), out);
	expect_hex(out, SHA256_SIZE,
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void an_empty_key_is_a_key(void **state)
{
	unsigned char out[SHA256_SIZE];

	(void)state;
	hmac_sha256_into((struct str){ 0 }, S(""), out);
	expect_hex(out, sizeof(out),
		"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 5869, A.3: without salt and info; its first 32 of 42 bytes are our one block. */
static void hkdf_gives_the_published_key(void **state)
{
	unsigned char out[SHA256_SIZE];

	(void)state;
	hkdf_into(from_hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"), "", out);
	expect_hex(out, sizeof(out),
		"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

static void hkdf_separates_purposes(void **state)
{
	unsigned char one[SHA256_SIZE];
	unsigned char other[SHA256_SIZE];

	(void)state;
	hkdf_into(S("secret"), "one", one);
	hkdf_into(S("secret"), "other", other);
	assert_memory_not_equal(one, other, sizeof(one));
}

static void comparison_tells_equal_from_different(void **state)
{
	/* clang-format off */
	static const struct {
		struct str a, b;
		bool equal;
	} rows[] = {
		{ STR_LIT("secret"), STR_LIT("secret"), true },
		{ STR_LIT("secret"), STR_LIT("secreT"), false },
		{ STR_LIT("Secret"), STR_LIT("secret"), false },
		{ STR_LIT("secret"), STR_LIT("secret2"), false },
		{ STR_LIT("secret2"), STR_LIT("secret"), false },
		{ STR_LIT("secret"), STR_LIT(""), false },
		{ STR_LIT(""), STR_LIT("secret"), false },
		{ STR_LIT("secret"), { NULL, 0 }, false },
		{ STR_LIT("a\0b"), STR_LIT("a\0c"), false },
		{ STR_LIT("a\0b"), STR_LIT("a\0b"), true },
		{ STR_LIT(""), STR_LIT(""), true },
		{ { NULL, 0 }, STR_LIT(""), true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (equal_in_constant_time(rows[i].a, rows[i].b) != rows[i].equal)
			fail_msg("row %zu", i);
	}
}

/* Each thread has contexts of its own, and gives them back: ASan and TSan watch. */
static void *hash_a_lot(void *wrong)
{
	unsigned char once[SHA256_SIZE];
	unsigned char again[SHA256_SIZE];

	hmac_sha256_into(S("key"), S("data"), once);
	for (int i = 0; i < 1000; i++) {
		sha256_into(S("in between"), again);
		hmac_sha256_into(S("key"), S("data"), again);
		if (memcmp(once, again, sizeof(once)) != 0)
			*(bool *)wrong = true;
	}
	return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	bool wrong[4] = { false };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_a_lot, &wrong[i]), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_false(wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha2_gives_the_published_digests),
		cmocka_unit_test(an_empty_string_and_an_absent_one_hash_alike),
		cmocka_unit_test(hmac_gives_the_published_codes),
		cmocka_unit_test(an_empty_key_is_a_key),
		cmocka_unit_test(hkdf_gives_the_published_key),
		cmocka_unit_test(hkdf_separates_purposes),
		cmocka_unit_test(comparison_tells_equal_from_different),
		cmocka_unit_test(threads_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
