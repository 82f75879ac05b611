/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include "rows.h"

static const struct str absent;

static void equality_knows_lengths_and_case(void **state)
{
	static const struct {
		const char *row;
		struct str a, b;
		bool same, same_nocase;
	} rows[] = {
		{ "a slice equals itself", STR_LIT("abc"), STR_LIT("abc"), true, true },
		{ "case matters", STR_LIT("abc"), STR_LIT("aBc"), false, true },
		{ "a prefix is not equal", STR_LIT("ab"), STR_LIT("abc"), false, false },
		{ "absent equals empty", { NULL, 0 }, STR_LIT(""), true, true },
		{ "absent equals absent", { NULL, 0 }, { NULL, 0 }, true, true },
		{ "bytes behind a NUL count", STR_LIT("a\0b"), STR_LIT("a\0c"), false, false },
		{ "only letters fold: @ is not `", STR_LIT("@["), STR_LIT("`{"), false, false },
		{ "bytes outside ASCII do not fold", STR_LIT("\xc3\x84"), STR_LIT("\xc3\xa4"),
			false, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		row_true(rows[i].row, str_eq(rows[i].a, rows[i].b) == rows[i].same);
		row_true(rows[i].row, str_eq(rows[i].b, rows[i].a) == rows[i].same);
		row_true(rows[i].row,
			str_eq_nocase(rows[i].a, rows[i].b) == rows[i].same_nocase);
	}
	row_true("a slice is its C string", str_is(S("abc"), "abc"));
	row_true("a slice is not a longer C string", !str_is(S("abc"), "abcd"));
	row_true("an absent slice is the empty C string", str_is(absent, ""));
	row_true("NULL gives the absent slice", str_from(NULL).p == NULL);
}

static void prefixes_suffixes_and_order(void **state)
{
	(void)state;
	row_true("it starts with its prefix", str_starts(S("https://a"), S("https://")));
	row_true("it starts with nothing", str_starts(S("a"), absent));
	row_true("absent starts with nothing", str_starts(absent, absent));
	row_true("it does not start with more than itself", !str_starts(S("a"), S("ab")));
	row_true("it ends with its suffix", str_ends(S("a.example"), S(".example")));
	row_true("it ends with itself", str_ends(S("a"), S("a")));
	row_true("it ends with nothing", str_ends(absent, absent));
	row_true("it does not end with more than itself", !str_ends(S("b"), S("ab")));
	row_true("a comes before b", str_cmp(S("a"), S("b")) < 0);
	row_true("bytes are unsigned", str_cmp(S("\x7f"), S("\x80")) < 0);
	row_true("the shorter comes first", str_cmp(S("a"), S("ab")) < 0);
	row_true("the longer comes last", str_cmp(S("ab"), S("a")) > 0);
	row_true("absent comes first", str_cmp(absent, S("a")) < 0);
	row_int("equal is zero", str_cmp(absent, S("")), 0);
}

static void slices_are_clamped(void **state)
{
	(void)state;
	row_str("after 2", str_after(S("abcd"), 2), "cd");
	row_str("after the end is empty", str_after(S("abcd"), 9), "");
	row_str("after 0 is all", str_after(S("abcd"), 0), "abcd");
	row_true("after absent is absent", str_after(absent, 3).p == NULL);
	row_str("the first 2", str_first(S("abcd"), 2), "ab");
	row_str("the first 9 of 4", str_first(S("abcd"), 9), "abcd");
	row_str("the first of absent", str_first(absent, 1), "");
}

static void searching(void **state)
{
	(void)state;
	row_int("the first of two", str_index(S("a=b=c"), '='), 1);
	row_int("none", str_index(S("abc"), '='), -1);
	row_int("none in absent", str_index(absent, 'a'), -1);
	row_int("a NUL can be found", str_index(S("a\0b"), '\0'), 1);
	row_int("a needle", str_find(S("xxabab"), S("ab")), 2);
	row_int("a needle at the end", str_find(S("xab"), S("ab")), 1);
	row_int("a needle that is cut off", str_find(S("xa"), S("ab")), -1);
	row_int("a needle that is longer", str_find(S("a"), S("ab")), -1);
	row_int("nothing is everywhere", str_find(absent, absent), 0);
}

static void trimming(void **state)
{
	(void)state;
	row_str("both sides", str_trim(S(" \t\r\na b \n")), "a b");
	row_str("only blanks", str_trim(S("  \t")), "");
	row_str("absent", str_trim(absent), "");
	row_str("other controls stay", str_trim(S("\va\f")), "\va\f");
}

static void splitting(void **state)
{
	static const struct {
		const char *row;
		struct str list;
		const char *parts; /* each in brackets */
	} rows[] = {
		{ "three words", STR_LIT("a bc d"), "[a][bc][d]" },
		{ "one word", STR_LIT("abc"), "[abc]" },
		{ "an empty part inside is a part", STR_LIT("a  b"), "[a][][b]" },
		{ "an empty part in front is a part", STR_LIT(" a"), "[][a]" },
		{ "a separator at the end adds none", STR_LIT("a "), "[a]" },
		{ "an empty list has no part", STR_LIT(""), "" },
		{ "an absent list has no part", { NULL, 0 }, "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str rest = rows[i].list;
		struct str part;
		char text[64] = "";

		while (str_split(&rest, ' ', &part))
			snprintf(text + strlen(text), sizeof(text) - strlen(text),
				"[" STR_FMT "]", STR_ARG(part));
		row_str(rows[i].row, str_from(text), rows[i].parts);
	}
}

static void words_of_a_list(void **state)
{
	(void)state;
	row_true("a word in the middle", str_has_word(S("openid email profile"), S("email")));
	row_true("a part of a word is none", !str_has_word(S("openid emails"), S("email")));
	row_true("case matters", !str_has_word(S("OpenID"), S("openid")));
	row_true("the empty word is in no list", !str_has_word(S("a  b"), S("")));
	row_true("an absent list has no word", !str_has_word(absent, S("a")));
}

static void digits_within_a_limit(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		int64_t max, want; /* -1: refused */
	} rows[] = {
		{ "zero", STR_LIT("0"), 10, 0 },
		{ "the limit itself", STR_LIT("86400"), 86400, 86400 },
		{ "one above the limit", STR_LIT("86401"), 86400, -1 },
		{ "leading zeros count for nothing", STR_LIT("007"), 7, 7 },
		{ "a digit above a small limit", STR_LIT("9"), 7, -1 },
		{ "a sign", STR_LIT("-1"), 10, -1 },
		{ "a plus", STR_LIT("+1"), 10, -1 },
		{ "a blank", STR_LIT(" 1"), 10, -1 },
		{ "a fraction", STR_LIT("1.0"), 10, -1 },
		{ "nothing", STR_LIT(""), 10, -1 },
		{ "a NUL", STR_LIT("1\0"), 10, -1 },
		{ "hexadecimal", STR_LIT("0x1"), 10, -1 },
		{ "the largest number", STR_LIT("9223372036854775807"), INT64_MAX, INT64_MAX },
		{ "one more than the largest", STR_LIT("9223372036854775808"), INT64_MAX, -1 },
		{ "a number of 30 digits", STR_LIT("100000000000000000000000000000"), INT64_MAX,
			-1 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int64_t got = -1;
		bool taken = str_digits(rows[i].text, rows[i].max, &got);

		row_true(rows[i].row, taken == (rows[i].want >= 0));
		row_int(rows[i].row, got, rows[i].want);
	}
}

/* Each row is tried alone and behind 0 to 8 ASCII characters, so that both the fast and the
 * careful way see it. */
static void utf8_is_checked(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		bool valid;
	} rows[] = {
		{ "nothing", STR_LIT(""), true },
		{ "ASCII", STR_LIT("hello, world\x7f"), true },
		{ "two bytes, least and most", STR_LIT("\xc2\x80\xdf\xbf"), true },
		{ "three bytes, least and most", STR_LIT("\xe0\xa0\x80\xef\xbf\xbf"), true },
		{ "four bytes, least and most", STR_LIT("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
			true },
		{ "the neighbours of the surrogates", STR_LIT("\xed\x9f\xbf\xee\x80\x80"),
			true },
		{ "a NUL", STR_LIT("a\0b"), false },
		{ "a NUL in a long text", STR_LIT("abcdefgh\0ijklmnop"), false },
		{ "a lone continuation", STR_LIT("\x80"), false },
		{ "an overlong slash", STR_LIT("\xc0\xaf"), false },
		{ "an overlong NUL", STR_LIT("\xc0\x80"), false },
		{ "an overlong form of three", STR_LIT("\xe0\x9f\xbf"), false },
		{ "an overlong form of four", STR_LIT("\xf0\x8f\xbf\xbf"), false },
		{ "the first surrogate", STR_LIT("\xed\xa0\x80"), false },
		{ "above U+10FFFF", STR_LIT("\xf4\x90\x80\x80"), false },
		{ "a byte that never occurs", STR_LIT("\xff"), false },
		{ "the lead of a fifth plane of planes", STR_LIT("\xf5\x80\x80\x80"), false },
		{ "cut after one of two", STR_LIT("\xc3"), false },
		{ "cut after two of three", STR_LIT("\xe2\x82"), false },
		{ "cut after three of four", STR_LIT("\xf0\x9f\x98"), false },
		{ "a letter in the middle", STR_LIT("\xe2\x82z"), false },
		{ "the fourth is a letter", STR_LIT("\xf0\x9f\x98z"), false },
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (size_t pad = 0; pad <= 8; pad++) {
			memset(text, 'x', pad);
			memcpy(text + pad, rows[i].text.p, rows[i].text.n);
			row_true(rows[i].row, str_is_utf8((struct str){ text,
						      pad + rows[i].text.n }) == rows[i].valid);
		}
	}
	row_true("absent", str_is_utf8(absent));
}

/* Eight bytes are looked at together, the last ones twice. */
static void a_bad_byte_is_found_at_every_place(void **state)
{
	char text[24];

	(void)state;
	for (size_t n = 1; n <= sizeof(text); n++) {
		for (size_t at = 0; at < n; at++) {
			memset(text, 'a', sizeof(text));
			row_true("good", str_is_utf8((struct str){ text, n }));
			text[at] = '\xff';
			row_true("0xff", !str_is_utf8((struct str){ text, n }));
			text[at] = '\0';
			row_true("NUL", !str_is_utf8((struct str){ text, n }));
			text[at] = '\xc3';
			row_true("half a character", !str_is_utf8((struct str){ text, n }));
		}
	}
}

static void hashing(void **state)
{
	(void)state;
	row_true("FNV-1a of nothing", str_hash(absent) == 0xcbf29ce484222325U);
	row_true("FNV-1a of a", str_hash(S("a")) == 0xaf63dc4c8601ec8cU);
	row_true("FNV-1a of foobar", str_hash(S("foobar")) == 0x85944171f73967e8U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equality_knows_lengths_and_case),
		cmocka_unit_test(prefixes_suffixes_and_order),
		cmocka_unit_test(slices_are_clamped),
		cmocka_unit_test(searching),
		cmocka_unit_test(trimming),
		cmocka_unit_test(splitting),
		cmocka_unit_test(words_of_a_list),
		cmocka_unit_test(digits_within_a_limit),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(a_bad_byte_is_found_at_every_place),
		cmocka_unit_test(hashing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
