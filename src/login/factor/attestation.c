/* SPDX-License-Identifier: Apache-2.0 */
#include "login/factor/attestation.h"

#include "base/buf.h"
#include "crypto/digest.h"
#include "login/factor/cbor_item.h"

enum { ATTESTATION_MAX = 16 * 1024 };

/* The certificate of the signature; those behind it would say who issued it. */
static bool take_certificate(struct arena *a, const cbor_item_t *chain, struct attestation *ret)
{
	ret->has_certificate = true;
	return cbor_isa_array(chain) && cbor_array_is_definite(chain) &&
	       cbor_array_size(chain) > 0 &&
	       cbor_take_bytes(a, cbor_array_handle(chain)[0], &ret->certificate);
}

/* As Level 3, 8.2 and 8.6 have it. */
static bool take_statement(struct arena *a, const cbor_item_t *item, struct attestation *ret)
{
	const struct cbor_pair *pairs;
	bool fine = cbor_is_small_map(item);

	if (!fine)
		return false;
	pairs = cbor_map_handle(item);
	ret->is_empty = cbor_map_size(item) == 0;
	for (size_t i = 0; fine && i < cbor_map_size(item); i++) {
		if (cbor_is_key(pairs[i].key, "sig"))
			fine = cbor_take_bytes(a, pairs[i].value, &ret->signature);
		else if (cbor_is_key(pairs[i].key, "alg"))
			fine = cbor_take_number(pairs[i].value, &ret->alg);
		else if (cbor_is_key(pairs[i].key, "x5c"))
			fine = take_certificate(a, pairs[i].value, ret);
	}
	return fine;
}

static bool is_read(struct str format)
{
	return str_is(format, "none") || str_is(format, "packed") || str_is(format, "fido-u2f");
}

static bool take_members(struct arena *a, const cbor_item_t *map, struct attestation *ret)
{
	const struct cbor_pair *pairs = cbor_map_handle(map);
	const cbor_item_t *statement = NULL;
	bool fine = true;

	for (size_t i = 0; fine && i < cbor_map_size(map); i++) {
		if (cbor_is_key(pairs[i].key, "fmt"))
			fine = cbor_take_text(a, pairs[i].value, &ret->format);
		else if (cbor_is_key(pairs[i].key, "authData"))
			fine = cbor_take_bytes(a, pairs[i].value, &ret->auth_data);
		else if (cbor_is_key(pairs[i].key, "attStmt"))
			statement = pairs[i].value;
	}
	if (!fine || ret->format.n == 0 || ret->auth_data.n == 0 || statement == NULL)
		return false;
	return !is_read(ret->format) || take_statement(a, statement, ret);
}

enum err attestation_read(struct arena *a, struct str cbor, struct attestation *ret)
{
	struct attestation found = { 0 };
	auto_item *map = NULL;
	struct str rest;

	if (cbor.n > ATTESTATION_MAX || cbor_item_read(cbor, &map, &rest) != OK || rest.n > 0)
		return ERR_INVALID;
	if (!cbor_is_small_map(map) || !take_members(a, map, &found))
		return ERR_INVALID;
	*ret = found;
	return OK;
}

/* --- is it true? --- */

/* Level 3, 8.2. */
static bool packed_holds(struct arena *a, const struct attestation *attested,
	const struct authenticator_data *data, struct str hash)
{
	struct buf b = buf_new(a, attested->auth_data.n + hash.n);

	buf_add(&b, attested->auth_data);
	buf_add(&b, hash);
	if (attested->has_certificate)
		return cose_certificate_signed(attested->certificate, (int)attested->alg,
			buf_str(&b), attested->signature);
	return attested->alg == data->key.alg &&
	       cose_key_signed(&data->key, buf_str(&b), attested->signature);
}

/* Level 3, 8.6: the message of U2F, which knew one kind of key. */
static bool u2f_holds(struct arena *a, const struct attestation *attested,
	const struct authenticator_data *data, struct str hash)
{
	struct buf b = buf_new(a, 256);

	buf_addc(&b, 0);
	buf_add(&b, data->rp_hash);
	buf_add(&b, hash);
	buf_add(&b, data->credential_id);
	buf_addc(&b, 4);
	buf_add(&b, data->key.bytes);
	return data->key.alg == COSE_ALG_ES256 &&
	       cose_certificate_signed(
		       attested->certificate, COSE_ALG_ES256, buf_str(&b), attested->signature);
}

bool attestation_holds(struct arena *a, const struct attestation *attested,
	const struct authenticator_data *data, struct str client_data)
{
	struct str hash = sha256(a, client_data);

	if (str_is(attested->format, "none"))
		return attested->is_empty;
	if (str_is(attested->format, "packed"))
		return packed_holds(a, attested, data, hash);
	if (str_is(attested->format, "fido-u2f"))
		return u2f_holds(a, attested, data, hash);
	return true;
}
