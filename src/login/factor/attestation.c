/* SPDX-License-Identifier: Apache-2.0 */
#include "login/factor/attestation.h"

#include <cbor.h>

enum { MAJOR_BYTES = 2, MAJOR_TEXT = 3, MAJOR_MAP = 5 };

/* RFC 8949, 3: the argument of an item's head, whose first byte is taken already. */
static bool take_argument(struct str *rest, unsigned char first, uint64_t *ret)
{
	unsigned extra = first & 0x1f;
	size_t n = extra < 24 ? 0 : (size_t)1 << (extra - 24);
	uint64_t value = extra < 24 ? extra : 0;

	if (extra > 27 || n > rest->n)
		return false;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | (unsigned char)rest->p[i];
	*rest = str_after(*rest, n);
	*ret = value;
	return true;
}

/* Items stand one behind the other, however deep: a walk over their heads sees all. */
bool cbor_is_plausible(struct str rest)
{
	while (rest.n > 0) {
		unsigned char first = (unsigned char)rest.p[0];
		unsigned major = first >> 5;
		uint64_t n;

		rest = str_after(rest, 1);
		if (!take_argument(&rest, first, &n))
			return false;
		if (major >= MAJOR_BYTES && major <= MAJOR_MAP && n > rest.n)
			return false;
		if (major == MAJOR_BYTES || major == MAJOR_TEXT)
			rest = str_after(rest, (size_t)n);
	}
	return true;
}

enum { ATTESTATION_MAX = 16 * 1024, MEMBERS_MAX = 8 };

static void free_item(cbor_item_t **item)
{
	if (*item != NULL)
		cbor_decref(item);
}
#define auto_item __attribute__((cleanup(free_item))) cbor_item_t

static bool is_key(const cbor_item_t *key, const char *name)
{
	return cbor_isa_string(key) && cbor_string_is_definite(key) &&
	       str_is((struct str){ (const char *)cbor_string_handle(key),
			      cbor_string_length(key) },
		       name);
}

static struct str copy(struct arena *a, const void *bytes, size_t n)
{
	return arena_str(a, (struct str){ bytes, n });
}

static bool take_bytes(struct arena *a, const cbor_item_t *item, struct str *ret)
{
	if (!cbor_isa_bytestring(item) || !cbor_bytestring_is_definite(item))
		return false;
	*ret = copy(a, cbor_bytestring_handle(item), cbor_bytestring_length(item));
	return true;
}

static bool take_text(struct arena *a, const cbor_item_t *item, struct str *ret)
{
	if (!cbor_isa_string(item) || !cbor_string_is_definite(item))
		return false;
	*ret = copy(a, cbor_string_handle(item), cbor_string_length(item));
	return true;
}

static bool take_number(const cbor_item_t *item, int64_t *ret)
{
	if (!cbor_is_int(item) || cbor_get_int(item) > INT32_MAX)
		return false;
	*ret = (int64_t)cbor_get_int(item);
	if (cbor_isa_negint(item))
		*ret = -1 - *ret;
	return true;
}

static bool is_small_map(const cbor_item_t *item)
{
	return cbor_isa_map(item) && cbor_map_is_definite(item) &&
	       cbor_map_size(item) <= MEMBERS_MAX;
}

/* "packed" (Level 3, 8.2); what other formats have is passed over. */
static bool take_statement(struct arena *a, const cbor_item_t *item, struct attestation *ret)
{
	const struct cbor_pair *pairs;

	if (!is_small_map(item))
		return false;
	pairs = cbor_map_handle(item);
	for (size_t i = 0; i < cbor_map_size(item); i++) {
		if (is_key(pairs[i].key, "sig") &&
			!take_bytes(a, pairs[i].value, &ret->signature))
			return false;
		if (is_key(pairs[i].key, "alg") && !take_number(pairs[i].value, &ret->alg))
			return false;
		if (is_key(pairs[i].key, "x5c"))
			ret->has_certificate = true;
	}
	return true;
}

static bool take_members(struct arena *a, const cbor_item_t *map, struct attestation *ret)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	bool fine = true;

	for (size_t i = 0; fine && i < cbor_map_size(map); i++) {
		if (is_key(pairs[i].key, "fmt"))
			fine = take_text(a, pairs[i].value, &ret->format);
		else if (is_key(pairs[i].key, "authData"))
			fine = take_bytes(a, pairs[i].value, &ret->auth_data);
		else if (is_key(pairs[i].key, "attStmt"))
			fine = take_statement(a, pairs[i].value, ret);
	}
	return fine && ret->format.n > 0 && ret->auth_data.n > 0;
}

enum err attestation_read(struct arena *a, struct str cbor, struct attestation *ret)
{
	struct cbor_load_result result;
	struct attestation found = { 0 };
	auto_item *map = NULL;

	if (cbor.n == 0 || cbor.n > ATTESTATION_MAX || !cbor_is_plausible(cbor))
		return ERR_INVALID;
	map = cbor_load((const unsigned char *)cbor.p, cbor.n, &result);
	if (map == NULL || result.error.code != CBOR_ERR_NONE || result.read != cbor.n)
		return ERR_INVALID;
	if (!is_small_map(map) || !take_members(a, map, &found))
		return ERR_INVALID;
	*ret = found;
	return OK;
}
