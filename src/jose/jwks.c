/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwks.h"

#include "jose/jwk_key.h"

enum { KEYS_MAX = 32 };

static bool same_member(const struct json *a, const struct json *b, const char *name)
{
	return str_eq(json_get_str(a, name), json_get_str(b, name));
}

/* Two keys of one name and purpose: which of them is meant is the attacker's choice. */
static bool has_twin(const struct json *entry)
{
	if (json_get_str(entry, "kid").n == 0)
		return false;
	for (const struct json *other = entry->next; other != NULL; other = other->next) {
		if (same_member(entry, other, "kid") && same_member(entry, other, "kty") &&
			same_member(entry, other, "use") && same_member(entry, other, "alg"))
			return true;
	}
	return false;
}

/* A set is either published or shared by two parties. */
static bool mixes_secrets_with(const struct jwks *set, const struct jwk *new)
{
	return set->count > 0 && (set->keys[0].key->kind == JWK_OCT) != (new->kind == JWK_OCT);
}

static enum err add(struct arena *a, struct jwks *set, const struct json *entry)
{
	struct jwks_key new = { .kid = arena_str(a, json_get_str(entry, "kid")) };
	enum err err = jwk_read(entry, &new.key);

	if (err == ERR_INVALID)
		return OK; /* RFC 7517, 5: keys that are not understood are ignored */
	if (err != OK)
		return err;
	new.alg = jws_alg_from(json_get_str(entry, "alg"));
	if (mixes_secrets_with(set, new.key)) {
		jwk_unref(new.key);
		return ERR_INVALID;
	}
	set->keys[set->count++] = new;
	return OK;
}

enum err jwks_read(struct arena *a, const struct json *map, struct jwks *ret)
{
	const struct json *list = json_get(map, "keys");
	struct jwks set = { 0 };

	if (list == NULL || list->type != JSON_LIST || list->count > KEYS_MAX)
		return ERR_INVALID;
	set.keys = arena_array(a, struct jwks_key, list->count);
	json_each(entry, list)
	{
		enum err err = has_twin(entry) ? ERR_INVALID : add(a, &set, entry);

		if (err == OK)
			continue;
		jwks_done(&set);
		return err;
	}
	*ret = set;
	return OK;
}

void jwks_done(struct jwks *set)
{
	for (size_t i = 0; i < set->count; i++)
		jwk_unref(set->keys[i].key);
	*set = (struct jwks){ 0 };
}

const struct jwk *jwks_find(const struct jwks *set, struct str kid, enum jws_alg alg)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct jwks_key *key = &set->keys[i];

		if (kid.n > 0 && !str_eq(key->kid, kid))
			continue;
		if (key->alg != JWS_UNKNOWN && key->alg != alg)
			continue;
		if (jwk_fits(key->key, alg))
			return key->key;
	}
	return NULL;
}
