/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/keyring.h"

#include <stdlib.h>

#include "base/buf.h"
#include "jose/jwk_key.h"
#include "json/json_writer.h"

enum { FIRST_BLOCK = 4096 };

struct keyring {
	struct arena *arena; /* the kids and the published text */
	struct keyring_key *keys;
	size_t count;
	const struct keyring_key *current[JWS_UNKNOWN];
	struct str jwks;
};

static bool is_published(const struct keyring_key *key)
{
	return key->state != KEY_REVOKED && key->key->kind != JWK_OCT;
}

static struct str write_jwks(const struct keyring *ring)
{
	struct buf buf = buf_new(ring->arena, FIRST_BLOCK);
	struct json_writer w = json_writer_on(&buf);

	json_begin_map(&w);
	json_key(&w, "keys");
	json_begin_list(&w);
	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_key *key = &ring->keys[i];

		if (is_published(key))
			json_raw(&w,
				jwk_write_public(key->key, ring->arena, key->kid, key->alg));
	}
	json_end_list(&w);
	json_end_map(&w);
	return buf_str(&buf);
}

struct keyring *keyring_new(const struct keyring_key *keys, size_t count)
{
	struct keyring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		abort();
	ring->arena = arena_new(FIRST_BLOCK);
	ring->keys = arena_array(ring->arena, struct keyring_key, count);
	ring->count = count;
	for (size_t i = 0; i < count; i++) {
		struct keyring_key *key = &ring->keys[i];

		*key = keys[i];
		key->key = jwk_ref(keys[i].key);
		key->kid = arena_str(ring->arena, keys[i].kid);
		if (key->state == KEY_CURRENT && jwk_fits(key->key, key->alg) &&
			ring->current[key->alg] == NULL)
			ring->current[key->alg] = key;
	}
	ring->jwks = write_jwks(ring);
	return ring;
}

void keyring_free(struct keyring *ring)
{
	if (ring == NULL)
		return;
	for (size_t i = 0; i < ring->count; i++)
		jwk_unref(ring->keys[i].key);
	arena_free(ring->arena);
	free(ring);
}

struct str keyring_jwks(const struct keyring *ring)
{
	return ring->jwks;
}

const struct jwk *keyring_current(
	const struct keyring *ring, enum jws_alg alg, struct str *ret_kid)
{
	const struct keyring_key *key = (unsigned)alg < JWS_UNKNOWN ? ring->current[alg] : NULL;

	if (key == NULL)
		return NULL;
	*ret_kid = key->kid;
	return key->key;
}

const struct jwk *keyring_find(
	const struct keyring *ring, struct str kid, enum jws_alg *ret_alg)
{
	for (size_t i = 0; i < ring->count; i++) {
		const struct keyring_key *key = &ring->keys[i];

		if (key->state == KEY_REVOKED || !str_eq(key->kid, kid))
			continue;
		*ret_alg = key->alg;
		return key->key;
	}
	return NULL;
}

enum err keyring_draft(const struct keyring *ring, enum jws_alg alg, struct str typ,
	struct arena *a, struct str payload, struct jws_draft *ret_draft, struct str *ret)
{
	const struct jwk *key;
	struct str kid;

	key = keyring_current(ring, alg, &kid);
	if (key == NULL)
		return ERR_NOT_FOUND;
	return jws_draft_make(key, alg, typ, kid, a, payload, ret_draft, ret);
}

enum err keyring_sign(const struct keyring *ring, enum jws_alg alg, struct str typ,
	struct arena *a, struct str payload, struct str *ret)
{
	const struct jwk *key;
	struct str kid;

	key = keyring_current(ring, alg, &kid);
	if (key == NULL)
		return ERR_NOT_FOUND;
	return jws_sign(key, alg, typ, kid, a, payload, ret);
}
