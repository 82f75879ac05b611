/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/password.h"

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

/*
 * Made by tools that are not ours: Go's x/crypto/argon2 (and the published answers of the
 * reference implementation, password "password"), Python's hashlib, Go's bcrypt, and the
 * vectors of crypt_blowfish.
 */
/* clang-format off */
static const struct {
	const char *what;
	const char *hash;
	struct str password;
	bool rehash;
} known[] = {
	{ "argon2id, four lanes",
	  "$argon2id$v=19$m=64,t=2,p=4$c2FsdHNhbHRzYWx0c2FsdA$aobvDtRMh8vQbg/4PaBZrDCaAIK7W2lZQUhdl/XSbGs",
	  STR_LIT("correct horse"), true },
	{ "argon2id, two lanes, a short salt",
	  "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
	  STR_LIT("password"), true },
	{ "argon2id, one lane, weaker than ours",
	  "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$rAjuexKlLdAHLvqk7TeeiWZjW4OPoRGwldJXdHbTuKI",
	  STR_LIT("correct horse"), true },
	{ "argon2i",
	  "$argon2i$v=19$m=32,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$jQ/ys3q6bpZeika3P4I6+aJCOx5C+AnQMsTPfw7wgMQ",
	  STR_LIT("correct horse"), true },
	{ "argon2i, the first version",
	  "$argon2i$v=16$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
	  STR_LIT("password"), true },
	{ "argon2i, the first version, as it was written then",
	  "$argon2i$m=65536,t=2,p=1$c29tZXNhbHQ$9sTbSlTio3Biev89thdrlKKiCaYsjjYVJxGAL3swxpQ",
	  STR_LIT("password"), true },
	{ "pbkdf2-sha1 of passlib",
	  "$pbkdf2-sha1$1000$sVZYIKXNrEDgUg0j.dCxSQ$kZkyALN.jy8lN7hN/RUcKhADdMA", STR_LIT("correct horse"), true },
	{ "pbkdf2 of passlib, which is sha1",
	  "$pbkdf2$1000$sVZYIKXNrEDgUg0j.dCxSQ$kZkyALN.jy8lN7hN/RUcKhADdMA", STR_LIT("correct horse"), true },
	{ "pbkdf2-sha256 of passlib",
	  "$pbkdf2-sha256$1000$XVsJ9tyy1Tpf/8YMSsDVXw$moheuNCoHaGZDH45Cm3iBaRQViGmbnv14sGvgbjgmb8",
	  STR_LIT("correct horse"), true },
	{ "pbkdf2-sha1 in PHC form",
	  "$pbkdf2-sha1$i=1000$sVZYIKXNrEDgUg0j+dCxSQ$kZkyALN+jy8lN7hN/RUcKhADdMA", STR_LIT("correct horse"), true },
	{ "pbkdf2-sha512 in PHC form with its length",
	  "$pbkdf2-sha512$i=1000,l=64$o5YkRkO1beShZCtayuWUcA$PlErg51/QDT0PMIs7rXXj5bt5QZXaPSysTkAMcuXkfcl5A06Mj/"
	  "bo4GLLaZznUGN4zp7Ulss3p/h/h7HMcaWFg",
	  STR_LIT("correct horse"), true },
	{ "bcrypt 2a", "$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", STR_LIT("correct horse"), true },
	{ "bcrypt 2b", "$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", STR_LIT("correct horse"), true },
	{ "bcrypt 2y", "$2y$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2", STR_LIT("correct horse"), true },
	{ "bcrypt of bytes above 127", "$2y$05$/OK.fbVrR/bpIqNJ5ianF.CE5elHaaO4EbggVDjb8P19RukzXSM3e",
	  STR_LIT("\xff\xff\xa3"), true },
	{ "bcrypt of nothing", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy", STR_LIT(""), true },
};
/* clang-format on */

static void hashes_from_elsewhere_fit_their_password_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct str hash = str_from(known[i].hash);
		struct str longer =
			arena_printf(arena, STR_FMT "!", STR_ARG(known[i].password));
		bool rehash = !known[i].rehash;

		print_message("         %s\n", known[i].what);
		assert_true(password_hash_is_known(hash));
		assert_int_equal(password_verify(hash, known[i].password, &rehash), OK);
		assert_true(rehash == known[i].rehash);
		assert_int_equal(password_verify(hash, longer, &rehash), ERR_NOT_FOUND);
		assert_int_equal(
			password_verify(hash, S("Correct horse"), &rehash), ERR_NOT_FOUND);
	}
}

static void our_own_hash_fits_and_needs_no_other(void **state)
{
	struct str hash;
	struct str again;
	bool rehash = true;

	(void)state;
	assert_int_equal(password_hash(arena, S("tr0ub4dor & 3"), &hash), OK);
	assert_int_equal(password_hash(arena, S("tr0ub4dor & 3"), &again), OK);
	assert_false(str_eq(hash, again));
	assert_true(str_starts(hash, S("$argon2id$v=19$m=19456,t=2,p=1$")));
	assert_int_equal(password_verify(hash, S("tr0ub4dor & 3"), &rehash), OK);
	assert_false(rehash);
	assert_int_equal(password_verify(hash, S("tr0ub4dor & 4"), &rehash), ERR_NOT_FOUND);
	assert_int_equal(password_verify(hash, S(""), &rehash), ERR_NOT_FOUND);
}

static void a_nul_is_part_of_the_password(void **state)
{
	const struct str bcrypt_of_nothing =
		STR_LIT("$2a$05$CCCCCCCCCCCCCCCCCCCCC.7uG0VCzI2bS7j6ymqJi9CdcdxiRTWNy");
	struct str hash;
	bool rehash;

	(void)state;
	assert_int_equal(password_hash(arena, S("a\0b"), &hash), OK);
	assert_int_equal(password_verify(hash, S("a\0b"), &rehash), OK);
	assert_int_equal(password_verify(hash, S("a\0c"), &rehash), ERR_NOT_FOUND);
	assert_int_equal(password_verify(hash, S("a"), &rehash), ERR_NOT_FOUND);
	assert_int_equal(
		password_verify(bcrypt_of_nothing, S("\0whatever"), &rehash), ERR_NOT_FOUND);
}

static void a_password_over_1_kB_is_not_hashed(void **state)
{
	char text[1025];
	struct str at_the_limit = { text, 1024 };
	struct str over = { text, 1025 };
	struct str hash;
	bool rehash;

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(password_hash(arena, over, &hash), ERR_INVALID);
	assert_int_equal(password_hash(arena, at_the_limit, &hash), OK);
	assert_int_equal(password_verify(hash, at_the_limit, &rehash), OK);
	assert_int_equal(password_verify(hash, over, &rehash), ERR_NOT_FOUND);
	/* crypt's buffer is shorter than ours. */
	assert_int_equal(password_verify(str_from(known[11].hash), at_the_limit, &rehash),
		ERR_NOT_FOUND);
}

#define SALT_AND_HASH "$c2FsdHNhbHRzYWx0c2FsdA$aobvDtRMh8vQbg/4PaBZrDCaAIK7W2lZQUhdl/XSbGs"
#define BCRYPT_REST   "$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2"

static void unknown_and_unbounded_hashes_are_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"plaintext",
		"$",
		"$1$abc$def",
		"$argon2d$v=19$m=64,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=2,p=4",
		"$argon2id$v=20$m=64,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=1$m=64,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=19$t=2,m=64,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=2" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=2,p=4,x=1" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=2,p=4" SALT_AND_HASH "$more",
		"$argon2id$v=19$m=64,t=2,p=4$c2Fs$aobvDtRMh8vQbg/4PaBZrDCaAIK7W2lZQUhdl/XSbGs",
		"$argon2id$v=19$m=64,t=2,p=4$c2FsdHNhbHQ$short",
		"$argon2id$v=19$m=64,t=2,p=4$c2FsdHNhbHQ$not base64 but long enough !!!!",
		"$argon2id$v=19$m=262145,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=4294967297,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=17,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=64,t=0,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=-64,t=2,p=4" SALT_AND_HASH,
		"$argon2id$v=19$m=256,t=2,p=17" SALT_AND_HASH,
		"$argon2id$v=19$m=256,t=2,p=0" SALT_AND_HASH,
		"$argon2id$v=19$m=31,t=2,p=4" SALT_AND_HASH,
		"$2a$15" BCRYPT_REST,
		"$2a$03" BCRYPT_REST,
		"$2a$5$" BCRYPT_REST,
		"$2x$05" BCRYPT_REST,
		"$2$05" BCRYPT_REST,
		"$2a$05" BCRYPT_REST "x",
		"$2a$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy*",
		"$pbkdf2-sha256$2000001" SALT_AND_HASH,
		"$pbkdf2-sha256$0" SALT_AND_HASH,
		"$pbkdf2-sha256$i=1000,l=31" SALT_AND_HASH,
		"$pbkdf2-sha256$i=1000,x=32" SALT_AND_HASH,
		"$pbkdf2-md5$i=1000" SALT_AND_HASH,
		"$pbkdf2-sha256$i=1000$c2FsdA$c2hvcnQ",
	};
	struct str endless;
	char text[4096];
	bool rehash;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (password_hash_is_known(str_from(rows[i])))
			fail_msg("known: %s", rows[i]);
		assert_int_equal(
			password_verify(str_from(rows[i]), S("x"), &rehash), ERR_INVALID);
	}
	memset(text, 'A', sizeof(text));
	memcpy(text, "$pbkdf2-sha256$1000$", 20);
	text[2000] = '$';
	endless = (struct str){ text, sizeof(text) };
	assert_false(password_hash_is_known(endless));
}

static void nobody_has_a_password(void **state)
{
	(void)state;
	assert_int_equal(password_verify_nobody(S("")), ERR_NOT_FOUND);
	assert_int_equal(password_verify_nobody(S("anything")), ERR_NOT_FOUND);
}

/* Slow enough (about 0.1 s) that the others come while the first one runs. */
static void *verify_slowly(void *result)
{
	bool rehash;

	*(enum err *)result = password_verify(
		S("$argon2id$v=19$m=19456,t=16,p=1" SALT_AND_HASH), S("x"), &rehash);
	return NULL;
}

static void *verify(void *result)
{
	*(enum err *)result = password_verify_nobody(S("x"));
	return NULL;
}

/* One runs and one waits; of eight that come at once, at least one must be sent away. */
static void a_full_queue_is_busy(void **state)
{
	enum { CALLERS = 8 };
	pthread_t threads[CALLERS];
	enum err results[CALLERS];
	int busy = 0;
	int done = 0;

	(void)state;
	password_set_limit(1, 1);
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, verify_slowly, &results[i]), 0);
	for (int i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		busy += results[i] == ERR_BUSY;
		done += results[i] == ERR_NOT_FOUND;
	}
	assert_int_equal(busy + done, CALLERS);
	assert_true(busy >= 1);
	assert_true(done >= 2);

	password_set_limit(2, CALLERS);
	for (int i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, verify, &results[i]), 0);
	for (int i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(results[i], ERR_NOT_FOUND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_from_elsewhere_fit_their_password_and_no_other),
		cmocka_unit_test(our_own_hash_fits_and_needs_no_other),
		cmocka_unit_test(a_nul_is_part_of_the_password),
		cmocka_unit_test(a_password_over_1_kB_is_not_hashed),
		cmocka_unit_test(unknown_and_unbounded_hashes_are_refused),
		cmocka_unit_test(nobody_has_a_password),
		cmocka_unit_test(a_full_queue_is_busy),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
