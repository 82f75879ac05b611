/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of jose share: an arena a test, and keys and values from JSON text. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "jose/jwk.h"
#include "json/json_value.h"

static struct arena *arena;

static inline int arena_set_up(void **state)
{
	(void)state;
	arena = arena_new(16384);
	return 0;
}

static inline int arena_tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static inline const struct json *json_from(struct str text)
{
	const struct json *value = NULL;
	struct str why = { 0 };

	if (json_parse(arena, text, &value, &why) != OK)
		fail_msg("not JSON: " STR_FMT " in " STR_FMT, STR_ARG(why), STR_ARG(text));
	return value;
}

static inline struct jwk *key_from(struct str text)
{
	struct jwk *key = NULL;

	if (jwk_read(json_from(text), &key) != OK)
		fail_msg("not a key: " STR_FMT, STR_ARG(text));
	return key;
}

static inline struct jwk *key_for(enum jws_alg alg)
{
	struct jwk *key = NULL;

	if (alg == JWS_HS256 || alg == JWS_HS384 || alg == JWS_HS512)
		return jwk_from_secret(
			S("a secret of sixty-four bytes, which HS512 asks for (RFC 7518) .."));
	assert_int_equal(jwk_generate(alg, &key), OK);
	return key;
}

/* Its public half, read from what we publish. */
static inline struct jwk *public_half(const struct jwk *key, enum jws_alg alg)
{
	return key_from(jwk_write_public(key, arena, S("k"), alg));
}

/* The folder of other people's vectors, TACIT_VECTORS; NULL, and a line that says so, without.
 */
static inline const char *vectors_folder(void)
{
	const char *folder = getenv("TACIT_VECTORS");

	if (folder != NULL && *folder != '\0')
		return folder;
	print_message("# TACIT_VECTORS is not set: the tests with vectors are skipped\n");
	return NULL;
}
