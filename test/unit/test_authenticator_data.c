/* SPDX-License-Identifier: Apache-2.0 */
/* What an authenticator signs, taken apart (WebAuthn Level 3, 6.1). */
#include "hex.h"
#include "login/factor/authenticator_data.h"
#include "rows.h"

#define HASH  "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5"
#define COUNT "0000002a"
#define MAKE  "00000000000000000000000000000000"
#define ID    "0003616263"
#define X     "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define Y     "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define KEY   "a5010203262001215820" X "225820" Y
#define CRED  MAKE ID KEY
/* {"credProtect": 2} */
#define PROTECT "a16b6372656450726f7465637402"
#define ED_X    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static void rows_of_data(void **state)
{
	static const struct {
		const char *what;
		const char *hex;
		enum err want;
	} rows[] = {
		{ "a sign-in", HASH "01" COUNT, OK },
		{ "cut off", HASH "01000000", ERR_INVALID },
		{ "something behind", HASH "01" COUNT "00", ERR_INVALID },
		{ "for backup", HASH "09" COUNT, OK },
		{ "backed up", HASH "19" COUNT, OK },
		{ "backed up, and not for backup", HASH "11" COUNT, ERR_INVALID },
		{ "extensions", HASH "81" COUNT PROTECT, OK },
		{ "extensions that are not there", HASH "81" COUNT, ERR_INVALID },
		{ "extensions that nobody announced", HASH "01" COUNT PROTECT, ERR_INVALID },
		{ "extensions that are no map", HASH "81" COUNT "02", ERR_INVALID },
		{ "something behind the extensions", HASH "81" COUNT PROTECT "00",
			ERR_INVALID },
		{ "extensions that promise too much", HASH "81" COUNT "bb7fffffffffffffff",
			ERR_INVALID },
		{ "extensions without an end", HASH "81" COUNT "bfff", ERR_INVALID },
		{ "a credential", HASH "41" COUNT CRED, OK },
		{ "a credential and extensions", HASH "c1" COUNT CRED PROTECT, OK },
		{ "a credential that is not there", HASH "41" COUNT, ERR_INVALID },
		{ "something behind the key", HASH "41" COUNT CRED "00", ERR_INVALID },
		{ "an id of no length", HASH "41" COUNT MAKE "0000" KEY, ERR_INVALID },
		{ "an id longer than what is there", HASH "41" COUNT MAKE "ffff" KEY,
			ERR_INVALID },
		{ "no key", HASH "41" COUNT MAKE ID, ERR_INVALID },
		{ "a key that is no map", HASH "41" COUNT MAKE ID "01", ERR_INVALID },
		{ "of another type",
			HASH "41" COUNT MAKE ID "a5010103262001215820" X "225820" Y,
			ERR_INVALID },
		{ "of an algorithm that nobody knows",
			HASH "41" COUNT MAKE ID "a50102033903e72001215820" X "225820" Y,
			ERR_INVALID },
		{ "of another curve",
			HASH "41" COUNT MAKE ID "a5010203262002215820" X "225820" Y,
			ERR_INVALID },
		{ "beside the curve",
			HASH "41" COUNT MAKE ID "a5010203262001215820" X "225820" X,
			ERR_INVALID },
		{ "y as a sign", HASH "41" COUNT MAKE ID "a5010203262001215820" X "22f5",
			ERR_INVALID },
		{ "without y", HASH "41" COUNT MAKE ID "a4010203262001215820" X, ERR_INVALID },
		{ "with a private half, which is passed over",
			HASH "41" COUNT MAKE ID "a6010203262001215820" X "225820" Y "234101",
			OK },
		{ "labels in words", HASH "41" COUNT MAKE ID "a1636b747902", ERR_INVALID },
		{ "Ed25519", HASH "41" COUNT MAKE ID "a4010103272006215820" ED_X, OK },
		{ "Ed25519 with a y",
			HASH "41" COUNT MAKE ID "a5010103272006215820" ED_X "225820" Y,
			ERR_INVALID },
		{ "RSA of a few bits", HASH "41" COUNT MAKE ID "a40103033901002041fb2143010001",
			ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct arena *a = arena_new(4096);
		struct authenticator_data got;

		row_int(rows[i].what,
			authenticator_data_read(
				a, bytes_of_hex(a, str_from(rows[i].hex)), &got),
			rows[i].want);
		if (rows[i].want == OK)
			row_int("count", got.count, 42);
		arena_free(a);
	}
}

static void a_credential(void **state)
{
	struct arena *a = arena_new(4096);
	struct authenticator_data got;

	(void)state;
	row_int("read",
		authenticator_data_read(
			a, bytes_of_hex(a, S(HASH "c5" COUNT CRED PROTECT)), &got),
		OK);
	row_bytes("relying party", got.rp_hash, bytes_of_hex(a, S(HASH)));
	row_true("somebody there", got.flags & AUTHENTICATOR_PRESENT);
	row_true("who is known", got.flags & AUTHENTICATOR_VERIFIED);
	row_str("id", got.credential_id, "abc");
	row_int("algorithm", got.key.alg, COSE_ALG_ES256);
	row_bytes("key", got.key.bytes, bytes_of_hex(a, S(X Y)));
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_of_data),
		cmocka_unit_test(a_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
