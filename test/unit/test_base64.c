/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"

#include "arena_rows.h"

static void rfc_4648_vectors(void **state)
{
	static const struct {
		const char *row;
		struct str bytes;
		const char *url, *standard, *hex;
	} rows[] = {
		{ "nothing", STR_LIT(""), "", "", "" },
		{ "f", STR_LIT("f"), "Zg", "Zg==", "66" },
		{ "fo", STR_LIT("fo"), "Zm8", "Zm8=", "666f" },
		{ "foo", STR_LIT("foo"), "Zm9v", "Zm9v", "666f6f" },
		{ "foob", STR_LIT("foob"), "Zm9vYg", "Zm9vYg==", "666f6f62" },
		{ "fooba", STR_LIT("fooba"), "Zm9vYmE", "Zm9vYmE=", "666f6f6261" },
		{ "foobar", STR_LIT("foobar"), "Zm9vYmFy", "Zm9vYmFy", "666f6f626172" },
		{ "where the alphabets differ", STR_LIT("\xfb\xff\xbf"), "-_-_", "+/+/",
			"fbffbf" },
		{ "NULs", STR_LIT("\0\0"), "AAA", "AAA=", "0000" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str bytes = rows[i].bytes;
		struct str got = { 0 };

		row_str(rows[i].row, base64url_encode(a, bytes.p, bytes.n), rows[i].url);
		row_str(rows[i].row, base64_encode(a, bytes.p, bytes.n), rows[i].standard);
		row_str(rows[i].row, hex_encode(a, bytes.p, bytes.n), rows[i].hex);
		row_int(rows[i].row, base64url_decode(a, str_from(rows[i].url), &got), OK);
		row_bytes(rows[i].row, got, bytes);
		row_int(rows[i].row, base64_decode(a, str_from(rows[i].standard), &got), OK);
		row_bytes(rows[i].row, got, bytes);
		row_int(rows[i].row, hex_decode(a, str_from(rows[i].hex), &got), OK);
		row_bytes(rows[i].row, got, bytes);
	}
}

static void every_length_comes_back(void **state)
{
	unsigned char bytes[600];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 167 + i / 256);
	for (size_t n = 0; n <= sizeof(bytes); n++) {
		struct str want = { (char *)bytes, n };
		struct buf b = buf_new(a, 0);
		struct str got = { 0 };

		base64url_add(&b, bytes, n);
		row_bytes("adding equals encoding", buf_str(&b), base64url_encode(a, bytes, n));
		row_int("url", base64url_decode(a, buf_str(&b), &got), OK);
		row_bytes("url", got, want);
		row_int("std", base64_decode(a, base64_encode(a, bytes, n), &got), OK);
		row_bytes("std", got, want);
		row_int("hex", hex_decode(a, hex_encode(a, bytes, n), &got), OK);
		row_bytes("hex", got, want);
		arena_reset(a);
	}
}

enum form { URL, STANDARD, HEX };

static void only_one_spelling_is_accepted(void **state)
{
	static const struct {
		const char *row;
		enum form form;
		struct str text;
	} rows[] = {
		{ "one character is no byte", URL, STR_LIT("A") },
		{ "five characters", URL, STR_LIT("AAAAA") },
		{ "unused bits of one byte set", URL, STR_LIT("Zh") },
		{ "unused bits of two bytes set", URL, STR_LIT("Zm9") },
		{ "padding", URL, STR_LIT("Zg==") },
		{ "a blank", URL, STR_LIT("Zm 9v") },
		{ "a line end behind", URL, STR_LIT("Zm9v\n") },
		{ "the standard alphabet: +", URL, STR_LIT("+_-_") },
		{ "the standard alphabet: /", URL, STR_LIT("-/-_") },
		{ "a NUL", URL, STR_LIT("Zm\0v") },
		{ "a byte outside ASCII", URL, STR_LIT("Zm9\xc3") },
		{ "a dot", URL, STR_LIT("Zm9v.") },
		{ "no padding", STANDARD, STR_LIT("Zg") },
		{ "half the padding", STANDARD, STR_LIT("Zg=") },
		{ "too much padding", STANDARD, STR_LIT("Z===") },
		{ "only padding", STANDARD, STR_LIT("====") },
		{ "padding without need", STANDARD, STR_LIT("Zm9v====") },
		{ "padding inside", STANDARD, STR_LIT("Zg==Zg==") },
		{ "unused bits set", STANDARD, STR_LIT("Zh==") },
		{ "the url alphabet", STANDARD, STR_LIT("-_-_") },
		{ "an odd number of digits", HEX, STR_LIT("abc") },
		{ "not a digit", HEX, STR_LIT("0g") },
		{ "a blank between digits", HEX, STR_LIT("0 ") },
	};
	static enum err (*const decode[])(struct arena *, struct str, struct str *) = {
		[URL] = base64url_decode,
		[STANDARD] = base64_decode,
		[HEX] = hex_decode,
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str got = S("untouched");

		row_int(rows[i].row, decode[rows[i].form](a, rows[i].text, &got), ERR_INVALID);
		row_str(rows[i].row, got, "untouched");
	}
}

/* All four-character texts over a few characters: what decodes must encode to itself. */
static void what_decodes_encodes_to_itself(void **state)
{
	static const char few[] = "AQgwZz09-_=+/ \n";
	size_t m = sizeof(few); /* the NUL too */

	(void)state;
	for (size_t i = 0; i < m * m * m * m; i++) {
		char text[] = { few[i % m], few[i / m % m], few[i / m / m % m],
			few[i / m / m / m] };
		struct str s = { text, sizeof(text) };
		struct str got;

		if (base64url_decode(a, s, &got) == OK)
			row_bytes("url", base64url_encode(a, got.p, got.n), s);
		if (base64_decode(a, s, &got) == OK)
			row_bytes("standard", base64_encode(a, got.p, got.n), s);
		arena_reset(a);
	}
}

static void hex_takes_either_case(void **state)
{
	struct str got = { 0 };

	(void)state;
	row_int("mixed case", hex_decode(a, S("aBCdeF09"), &got), OK);
	row_bytes("mixed case", got, S("\xab\xcd\xef\x09"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_4648_vectors),
		cmocka_unit_test(every_length_comes_back),
		cmocka_unit_test(only_one_spelling_is_accepted),
		cmocka_unit_test(what_decodes_encodes_to_itself),
		cmocka_unit_test(hex_takes_either_case),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
