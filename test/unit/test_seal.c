/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "crypto/seal.h"

static const struct str old_secret = STR_LIT("the secret of the last month 32b");
static const struct str new_secret = STR_LIT("the secret of this month, 32 by.");

static const struct str long_ago =
	STR_LIT("XMFL5xX7b2P_4zLZHIGIWF2rlapYHjR6uZX9DSon1wVehdys6ntz1w0xBjDbOfkCjdhLhdmA");
static const char long_ago_mac[] =
	"a5d72cd07df70e0d0e3e1a7445453aaf4015a0bd71756da3b0984be4b69a45e1";

static struct arena *arena;
static struct seal *before;
static struct seal *after; /* knows the old secret still */
static struct seal *stranger;

static int set_up(void **state)
{
	const struct str both[] = { new_secret, old_secret };

	(void)state;
	arena = arena_new(4096);
	before = seal_new(&old_secret, 1);
	after = seal_new(both, 2);
	stranger = seal_new(&new_secret, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	seal_free(before);
	seal_free(after);
	seal_free(stranger);
	seal_free(NULL);
	arena_free(arena);
	return 0;
}

static void what_was_sealed_opens(void **state)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 300, 5000 };
	char plain[5000];

	(void)state;
	memset(plain, 'p', sizeof(plain));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct str in = { plain, sizes[i] };
		struct str sealed = seal_close(after, arena, SEAL_CODE, in);
		struct str out;

		assert_int_equal(sealed.n, (4 * (sizes[i] + 40) + 2) / 3);
		assert_int_equal(seal_open(after, arena, SEAL_CODE, sealed, &out), OK);
		assert_true(str_eq(in, out));
	}
}

static void a_value_never_opens_under_another_label(void **state)
{
	(void)state;
	for (enum seal_label made = 0; made < SEAL_LABELS; made++) {
		struct str sealed = seal_close(after, arena, made, S("value"));

		for (enum seal_label asked = 0; asked < SEAL_LABELS; asked++) {
			struct str out = S("untouched");
			enum err err = seal_open(after, arena, asked, sealed, &out);

			assert_int_equal(err, made == asked ? OK : ERR_INVALID);
			assert_true(str_is(out, made == asked ? "value" : "untouched"));
		}
	}
}

static void two_seals_of_one_value_differ(void **state)
{
	(void)state;
	assert_false(str_eq(seal_close(after, arena, SEAL_CODE, S("v")),
		seal_close(after, arena, SEAL_CODE, S("v"))));
}

static void older_secrets_open_and_the_newest_seals(void **state)
{
	struct str old = seal_close(before, arena, SEAL_TICKET, S("old"));
	struct str new = seal_close(after, arena, SEAL_TICKET, S("new"));
	struct str out;

	(void)state;
	assert_int_equal(seal_open(after, arena, SEAL_TICKET, old, &out), OK);
	assert_true(str_is(out, "old"));
	assert_int_equal(seal_open(stranger, arena, SEAL_TICKET, new, &out), OK);
	assert_int_equal(seal_open(before, arena, SEAL_TICKET, new, &out), ERR_INVALID);
	assert_int_equal(seal_open(stranger, arena, SEAL_TICKET, old, &out), ERR_INVALID);
}

static void every_changed_bit_is_noticed(void **state)
{
	struct str sealed = seal_close(after, arena, SEAL_CODE, S("a code"));
	struct str raw;
	struct str out;

	(void)state;
	assert_int_equal(base64url_decode(arena, sealed, &raw), OK);
	for (size_t bit = 0; bit < raw.n * 8; bit++) {
		char copy[128];

		assert_true(raw.n <= sizeof(copy));
		memcpy(copy, raw.p, raw.n);
		copy[bit / 8] = (char)(copy[bit / 8] ^ (1 << bit % 8));
		assert_int_equal(seal_open(after, arena, SEAL_CODE,
					 base64url_encode(arena, copy, raw.n), &out),
			ERR_INVALID);
	}
}

static void every_shorter_or_longer_value_is_refused(void **state)
{
	struct str sealed = seal_close(after, arena, SEAL_CODE, S("a code"));
	struct str out;

	(void)state;
	for (size_t n = 0; n < sealed.n; n++)
		assert_int_equal(seal_open(after, arena, SEAL_CODE, str_first(sealed, n), &out),
			ERR_INVALID);
	sealed = arena_printf(arena, STR_FMT "A", STR_ARG(sealed));
	assert_int_equal(seal_open(after, arena, SEAL_CODE, sealed, &out), ERR_INVALID);
	assert_int_equal(
		seal_open(after, arena, SEAL_CODE, (struct str){ 0 }, &out), ERR_INVALID);
	assert_int_equal(
		seal_open(after, arena, SEAL_CODE, S("not base64url!"), &out), ERR_INVALID);
}

static void a_mac_fits_its_purpose_data_and_generations(void **state)
{
	struct str old = seal_mac(before, arena, "cookie", S("data"));
	struct str new = seal_mac(after, arena, "cookie", S("data"));

	(void)state;
	assert_int_equal(new.n, 32);
	assert_true(str_eq(new, seal_mac(after, arena, "cookie", S("data"))));
	assert_true(seal_mac_fits(after, "cookie", S("data"), new));
	assert_true(seal_mac_fits(after, "cookie", S("data"), old));
	assert_false(seal_mac_fits(before, "cookie", S("data"), new));
	assert_false(seal_mac_fits(after, "cookies", S("data"), new));
	assert_false(seal_mac_fits(after, "cookie", S("datA"), new));
	assert_false(seal_mac_fits(after, "cookie", S("data"), str_first(new, 31)));
	assert_false(seal_mac_fits(after, "cookie", S("data"), (struct str){ 0 }));
}

/* A value sealed by the first release: derivation and format are on disk and in browsers. */
static void a_value_from_long_ago_still_opens(void **state)
{
	struct str mac = seal_mac(after, arena, "p", S("d"));
	struct str out;

	(void)state;
	assert_int_equal(seal_open(after, arena, SEAL_STORE, long_ago, &out), OK);
	assert_true(str_is(out, "kept since 0.1"));
	assert_string_equal(hex_encode(arena, mac.p, mac.n).p, long_ago_mac);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_sealed_opens),
		cmocka_unit_test(a_value_never_opens_under_another_label),
		cmocka_unit_test(two_seals_of_one_value_differ),
		cmocka_unit_test(older_secrets_open_and_the_newest_seals),
		cmocka_unit_test(every_changed_bit_is_noticed),
		cmocka_unit_test(every_shorter_or_longer_value_is_refused),
		cmocka_unit_test(a_mac_fits_its_purpose_data_and_generations),
		cmocka_unit_test(a_value_from_long_ago_still_opens),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
