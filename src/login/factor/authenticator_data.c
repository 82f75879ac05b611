/* SPDX-License-Identifier: Apache-2.0 */
#include "login/factor/authenticator_data.h"

#include <string.h>

#include "login/factor/cbor_item.h"

enum {
	HASH_SIZE = 32,
	COUNT_AT = HASH_SIZE + 1,
	HEAD_SIZE = COUNT_AT + 4,
	MAKE_SIZE = 16,
	ID_LENGTH_SIZE = 2,
	BACKUP_ELIGIBLE = 0x08,
	BACKED_UP = 0x10,
	ATTESTED = 0x40,
	EXTENSIONS = 0x80,
};

static uint32_t number_at(struct str bytes, size_t at, size_t n)
{
	uint32_t number = 0;

	for (size_t i = 0; i < n; i++)
		number = number << 8 | (unsigned char)bytes.p[at + i];
	return number;
}

/* Labels of COSE_Key (RFC 9052, 7.1): those below zero mean another thing in each type. */
struct labels {
	int64_t type;
	int64_t alg;
	int64_t curve;
	struct str values[3]; /* of -1, -2 and -3 */
};

static bool take_label(
	struct arena *a, int64_t label, const cbor_item_t *value, struct labels *ret)
{
	if (label == 1)
		return cbor_take_number(value, &ret->type);
	if (label == 3)
		return cbor_take_number(value, &ret->alg);
	if (label == -1 && cbor_is_int(value))
		return cbor_take_number(value, &ret->curve);
	if (label >= -3 && label <= -1)
		return cbor_take_bytes(a, value, &ret->values[-1 - label]);
	return true;
}

static bool take_labels(struct arena *a, const cbor_item_t *map, struct labels *ret)
{
	const struct cbor_pair *pairs;
	int64_t label;

	if (!cbor_is_small_map(map))
		return false;
	pairs = cbor_map_handle(map);
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		if (!cbor_take_number(pairs[i].key, &label) ||
			!take_label(a, label, pairs[i].value, ret))
			return false;
	}
	return true;
}

static struct str joined(struct arena *a, struct str left, size_t gap, struct str right)
{
	char *bytes = arena_alloc(a, left.n + gap + right.n + 1);

	memcpy(bytes, left.p, left.n);
	memset(bytes + left.n, 0, gap);
	memcpy(bytes + left.n + gap, right.p, right.n);
	return (struct str){ bytes, left.n + gap + right.n };
}

/* RFC 8230, 4: numbers without zeros in front. */
static bool join_rsa(struct arena *a, const struct labels *labels, struct str *ret)
{
	struct str n = labels->values[0];
	struct str e = labels->values[1];

	if (n.n == 0 || n.n > COSE_RSA_BYTES_MAX || n.p[0] == 0 || e.n == 0 ||
		e.n > COSE_EXPONENT_BYTES || e.p[0] == 0)
		return false;
	*ret = joined(a, n, COSE_EXPONENT_BYTES - e.n, e);
	return true;
}

static bool join_curve(struct arena *a, const struct labels *labels,
	const struct cose_kind *kind, struct str *ret)
{
	struct str x = labels->values[1];
	struct str y = labels->values[2];

	if (labels->curve != kind->curve || x.n != kind->size ||
		y.n != (kind->type == COSE_KEY_EC2 ? kind->size : 0))
		return false;
	*ret = y.n > 0 ? joined(a, x, 0, y) : x;
	return true;
}

static bool take_key(struct arena *a, const struct labels *labels, struct cose_key *ret)
{
	const struct cose_kind *kind;
	size_t i = 0;

	while ((kind = cose_kind_at(i)) != NULL && kind->alg != labels->alg)
		i++;
	if (kind == NULL || kind->type != labels->type)
		return false;
	ret->alg = kind->alg;
	if (kind->type == COSE_KEY_RSA ? !join_rsa(a, labels, &ret->bytes)
				       : !join_curve(a, labels, kind, &ret->bytes))
		return false;
	return cose_key_is_sound(ret);
}

/* Level 3, 6.5.2; the make is passed over. */
static bool take_credential(struct arena *a, struct str *rest, struct authenticator_data *ret)
{
	struct labels labels = { 0 };
	auto_item *map = NULL;
	size_t n;

	if (rest->n < MAKE_SIZE + ID_LENGTH_SIZE)
		return false;
	n = number_at(*rest, MAKE_SIZE, ID_LENGTH_SIZE);
	*rest = str_after(*rest, MAKE_SIZE + ID_LENGTH_SIZE);
	if (n == 0 || n > rest->n)
		return false;
	ret->credential_id = str_first(*rest, n);
	*rest = str_after(*rest, n);
	return cbor_item_read(*rest, &map, rest) == OK && take_labels(a, map, &labels) &&
	       take_key(a, &labels, &ret->key);
}

/* We ask for none that would be here; some come unasked (credProtect). */
static bool pass_extensions(struct str *rest)
{
	auto_item *map = NULL;

	return cbor_item_read(*rest, &map, rest) == OK && cbor_isa_map(map);
}

enum err authenticator_data_read(
	struct arena *a, struct str bytes, struct authenticator_data *ret)
{
	struct authenticator_data found = { 0 };
	struct str rest;

	if (bytes.n < HEAD_SIZE)
		return ERR_INVALID;
	found.rp_hash = str_first(bytes, HASH_SIZE);
	found.flags = (unsigned char)bytes.p[HASH_SIZE];
	found.count = number_at(bytes, COUNT_AT, HEAD_SIZE - COUNT_AT);
	rest = str_after(bytes, HEAD_SIZE);
	if ((found.flags & BACKED_UP) && !(found.flags & BACKUP_ELIGIBLE))
		return ERR_INVALID;
	if ((found.flags & ATTESTED) && !take_credential(a, &rest, &found))
		return ERR_INVALID;
	if ((found.flags & EXTENSIONS) && !pass_extensions(&rest))
		return ERR_INVALID;
	if (rest.n > 0)
		return ERR_INVALID;
	*ret = found;
	return OK;
}
