/* SPDX-License-Identifier: Apache-2.0 */
#include "login/factor/cbor_item.h"

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

enum err cbor_item_read(struct str bytes, cbor_item_t **ret, struct str *ret_rest)
{
	struct cbor_load_result result;
	auto_item *item = NULL;

	if (bytes.n == 0 || !cbor_is_plausible(bytes))
		return ERR_INVALID;
	item = cbor_load((const unsigned char *)bytes.p, bytes.n, &result);
	if (item == NULL || result.error.code != CBOR_ERR_NONE)
		return ERR_INVALID;
	*ret = item;
	*ret_rest = str_after(bytes, result.read);
	item = NULL;
	return OK;
}

enum { MEMBERS_MAX = 8 };

bool cbor_is_small_map(const cbor_item_t *item)
{
	return cbor_isa_map(item) && cbor_map_is_definite(item) &&
	       cbor_map_size(item) <= MEMBERS_MAX;
}

bool cbor_is_key(const cbor_item_t *key, const char *name)
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

bool cbor_take_bytes(struct arena *a, const cbor_item_t *item, struct str *ret)
{
	if (!cbor_isa_bytestring(item) || !cbor_bytestring_is_definite(item))
		return false;
	*ret = copy(a, cbor_bytestring_handle(item), cbor_bytestring_length(item));
	return true;
}

bool cbor_take_text(struct arena *a, const cbor_item_t *item, struct str *ret)
{
	if (!cbor_isa_string(item) || !cbor_string_is_definite(item))
		return false;
	*ret = copy(a, cbor_string_handle(item), cbor_string_length(item));
	return true;
}

bool cbor_take_number(const cbor_item_t *item, int64_t *ret)
{
	if (!cbor_is_int(item) || cbor_get_int(item) > INT32_MAX)
		return false;
	*ret = (int64_t)cbor_get_int(item);
	if (cbor_isa_negint(item))
		*ret = -1 - *ret;
	return true;
}
