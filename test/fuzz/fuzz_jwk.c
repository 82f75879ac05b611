/* SPDX-License-Identifier: Apache-2.0 */

/* Keys and sets of keys as clients publish them, and PEM as a tenant file may hold it. */
#include "fuzz.h"
#include "jose/jwks.h"
#include "jose/jws.h"

static void check_key(struct arena *a, struct jwk *key)
{
	for (enum jws_alg alg = JWS_NONE; alg <= JWS_UNKNOWN; alg++) {
		struct str signature;

		if (!jwk_fits(key, alg))
			continue;
		if (jwk_is_private(key) && jws_sign_raw(key, alg, a, S("x"), &signature) == OK)
			assert(jws_verify_raw(key, alg, S("x"), signature) == OK);
		assert(jws_verify_raw(key, alg, S("x"), S("no signature")) == ERR_INVALID);
	}
}

/* What was read can be written, and reads back as the same. */
static void check_writing(struct arena *a, struct jwk *key)
{
	const struct json *map;
	struct jwk *again;
	struct str text;

	if (!jwk_is_private(key))
		return;
	text = jwk_write_private(key, a);
	if (json_parse(a, text, &map, NULL) != OK || jwk_read(map, &again) != OK)
		__builtin_trap();
	assert(str_eq(text, jwk_write_private(again, a)));
	jwk_unref(again);
}

static void read_one(struct arena *a, const struct json *map)
{
	struct jwk *key;

	if (jwk_read(map, &key) != OK)
		return;
	check_key(a, key);
	check_writing(a, key);
	jwk_unref(key);
}

static void read_set(struct arena *a, const struct json *map)
{
	struct jwks set;

	if (jwks_read(a, map, &set) != OK)
		return;
	for (size_t i = 0; i < set.count; i++)
		check_key(a, set.keys[i].key);
	(void)jwks_find(&set, S("kid"), JWS_RS256);
	(void)jwks_find(&set, (struct str){ 0 }, JWS_ES256);
	jwks_done(&set);
}

static void read_pem(struct arena *a, struct str text)
{
	struct jwk *key;

	if (jwk_read_pem(text, &key) != OK)
		return;
	check_key(a, key);
	check_writing(a, key);
	jwk_unref(key);
}

static void fuzz_input(struct arena *a, struct str text)
{
	const struct json *map;

	if (str_starts(text, S("-----"))) {
		read_pem(a, text);
		return;
	}
	if (json_parse(a, text, &map, NULL) != OK)
		return;
	read_one(a, map);
	read_set(a, map);
}
