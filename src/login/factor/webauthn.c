/* SPDX-License-Identifier: Apache-2.0 */

/*
 * WebAuthn: judging what an authenticator said (Level 3, 7.1 and 7.2). libfido2 verifies who
 * signs in, with the kinds of key that it knows; jose/cose.h does with the others.
 */

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/es384.h>
#include <fido/rs256.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "login/factor/attestation.h"
#include "login/factor/webauthn_parts.h"
#include "json/json_writer.h"

enum {
	ANSWER_MAX = 32 * 1024,
	CREDENTIAL_ID_MAX = 1023, /* Level 3, 7.1, step 25 */
	FIDO_RSA_BYTES = 256,     /* of libfido2's only kind of modulus */
};

static void free_assert(fido_assert_t **assertion)
{
	fido_assert_free(assertion);
}
#define auto_assert __attribute__((cleanup(free_assert))) fido_assert_t

static const unsigned char *bytes_of(struct str s)
{
	return (const unsigned char *)s.p;
}

static const struct json *parse(struct arena *a, struct str text)
{
	const struct json *value = NULL;

	if (text.n == 0 || text.n > ANSWER_MAX || json_parse(a, text, &value, NULL) != OK)
		return NULL;
	return value;
}

/* A member of `response`, decoded. Empty: not there, or no base64url. */
static struct str member(struct arena *a, const struct json *answer, const char *name)
{
	struct str text = json_get_str(json_get(answer, "response"), name);
	struct str bytes;

	if (text.n == 0 || base64url_decode(a, text, &bytes) != OK)
		return (struct str){ 0 };
	return bytes;
}

static struct str credential_id(struct arena *a, const struct json *answer)
{
	struct str bytes;

	if (base64url_decode(a, json_get_str(answer, "id"), &bytes) != OK ||
		bytes.n > CREDENTIAL_ID_MAX)
		return (struct str){ 0 };
	return bytes;
}

/* Level 3, 7.1, steps 7 to 11, and 7.2, steps 11 to 15. */
static bool client_data_fits(
	const struct factor_question *q, struct str client_data, const char *type)
{
	const struct json *data = parse(q->arena, client_data);
	struct str challenge;

	if (!str_is(json_get_str(data, "type"), type) ||
		!str_eq(json_get_str(data, "origin"), q->issuer->origin) ||
		json_get_bool(data, "crossOrigin", false) ||
		json_get(data, "topOrigin") != NULL)
		return false;
	if (base64url_decode(q->arena, json_get_str(data, "challenge"), &challenge) != OK)
		return false;
	return equal_in_constant_time(q->challenge, challenge);
}

/* Is it about us, and was somebody there? */
static bool data_fits(const struct factor_question *q, const struct authenticator_data *data)
{
	return str_eq(data->rp_hash, sha256(q->arena, webauthn_rp_id(q->issuer))) &&
	       (data->flags & AUTHENTICATOR_PRESENT);
}

static bool is_verified(const struct authenticator_data *data)
{
	return data->flags & AUTHENTICATOR_VERIFIED;
}

/* --- a new credential --- */

static struct str write_data(
	const struct factor_question *q, const struct authenticator_data *data)
{
	struct arena *a = q->arena;
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_str(
		&w, "id", base64url_encode(a, data->credential_id.p, data->credential_id.n));
	json_put_str(&w, "rp", webauthn_rp_id(q->issuer));
	json_put_int(&w, "alg", data->key.alg);
	json_put_str(&w, "key", base64url_encode(a, data->key.bytes.p, data->key.bytes.n));
	json_put_int(&w, "count", data->count);
	json_end_map(&w);
	return buf_str(&b);
}

/* It can sign somebody in when it is found without being named, and knows its holder. */
static bool is_passkey(const struct json *answer, const struct authenticator_data *data)
{
	const struct json *results = json_get(answer, "clientExtensionResults");

	return json_get_bool(json_get(results, "credProps"), "rk", false) && is_verified(data);
}

enum err webauthn_factor(const struct factor_question *q, struct str user_id, struct str text,
	struct factor *ret)
{
	const struct json *answer = parse(q->arena, text);
	struct str client_data = member(q->arena, answer, "clientDataJSON");
	struct authenticator_data data;
	struct attestation attested;

	if (!client_data_fits(q, client_data, "webauthn.create") ||
		attestation_read(q->arena, member(q->arena, answer, "attestationObject"),
			&attested) != OK ||
		authenticator_data_read(q->arena, attested.auth_data, &data) != OK ||
		!data_fits(q, &data) || data.credential_id.n == 0 ||
		!str_eq(data.credential_id, credential_id(q->arena, answer)) ||
		!attestation_holds(q->arena, &attested, &data, client_data))
		return ERR_INVALID;
	*ret = (struct factor){ .user_id = user_id,
		.factor_id = webauthn_row_id(q->arena, data.credential_id),
		.type = is_passkey(answer, &data) ? S("passkey") : S("webauthn-roaming"),
		.data = write_data(q, &data),
		.confirmed = true,
		.created_at = q->now,
		.last_used_at = q->now };
	return OK;
}

/* --- a credential at work --- */

enum err webauthn_factor_id(struct arena *a, struct str text, struct str *ret)
{
	struct str id = credential_id(a, parse(a, text));

	if (id.n == 0)
		return ERR_INVALID;
	*ret = webauthn_row_id(a, id);
	return OK;
}

bool webauthn_names_user(struct arena *a, struct str text, struct str user_id)
{
	struct str handle = member(a, parse(a, text), "userHandle");

	return handle.n == 0 || str_eq(handle, webauthn_user_handle(a, user_id));
}

static bool is_fidos(const struct cose_key *key)
{
	return key->alg == COSE_ES256 || key->alg == COSE_EDDSA || key->alg == COSE_ES384 ||
	       (key->alg == COSE_RS256 && key->bytes.n == FIDO_RSA_BYTES + COSE_EXPONENT_BYTES);
}

static int fido_verify(const fido_assert_t *assertion, const struct cose_key *key)
{
	const char *p = key->bytes.p;
	size_t n = key->bytes.n;
	es256_pk_t *es256;
	eddsa_pk_t *eddsa;
	es384_pk_t *es384;
	rs256_pk_t *rs256;
	int result = FIDO_ERR_INVALID_ARGUMENT;

	if (key->alg == COSE_ES256 && (es256 = es256_pk_new()) != NULL) {
		if (es256_pk_from_ptr(es256, p, n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, key->alg, es256);
		es256_pk_free(&es256);
	} else if (key->alg == COSE_EDDSA && (eddsa = eddsa_pk_new()) != NULL) {
		if (eddsa_pk_from_ptr(eddsa, p, n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, key->alg, eddsa);
		eddsa_pk_free(&eddsa);
	} else if (key->alg == COSE_ES384 && (es384 = es384_pk_new()) != NULL) {
		if (es384_pk_from_ptr(es384, p, n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, key->alg, es384);
		es384_pk_free(&es384);
	} else if (key->alg == COSE_RS256 && (rs256 = rs256_pk_new()) != NULL) {
		if (rs256_pk_from_ptr(rs256, p, n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, key->alg, rs256);
		rs256_pk_free(&rs256);
	}
	return result;
}

struct signed_data {
	struct str auth_data;
	struct str hash; /* of the client data */
	struct str signature;
};

/* libfido2 looks at the relying party and at the flags once more. */
static bool fido_accepts(const struct factor_question *q, const struct cose_key *key,
	const struct signed_data *s)
{
	auto_assert *assertion = fido_assert_new();
	const char *rp_id = arena_cstr(q->arena, webauthn_rp_id(q->issuer));

	if (assertion == NULL || fido_assert_set_count(assertion, 1) != FIDO_OK ||
		fido_assert_set_rp(assertion, rp_id) != FIDO_OK ||
		fido_assert_set_up(assertion, FIDO_OPT_TRUE) != FIDO_OK ||
		fido_assert_set_clientdata_hash(assertion, bytes_of(s->hash), s->hash.n) !=
			FIDO_OK ||
		fido_assert_set_authdata_raw(
			assertion, 0, bytes_of(s->auth_data), s->auth_data.n) != FIDO_OK ||
		fido_assert_set_sig(assertion, 0, bytes_of(s->signature), s->signature.n) !=
			FIDO_OK)
		return false;
	return fido_verify(assertion, key) == FIDO_OK;
}

static bool is_signed(
	const struct factor_question *q, const struct json *data, const struct signed_data *s)
{
	struct cose_key key = { .alg = (int)json_get_int(data, "alg", 0) };
	struct buf b = buf_new(q->arena, s->auth_data.n + s->hash.n);

	if (base64url_decode(q->arena, json_get_str(data, "key"), &key.bytes) != OK)
		return false;
	if (is_fidos(&key))
		return fido_accepts(q, &key, s);
	buf_add(&b, s->auth_data);
	buf_add(&b, s->hash);
	return cose_key_signed(&key, buf_str(&b), s->signature);
}

/* Level 3, 6.1.1: a count that does not grow tells of a copy; 0 and 0 of no counter. */
static bool count_grows(const struct json *data, int64_t count)
{
	int64_t before = json_get_int(data, "count", 0);

	return count > before || (count == 0 && before == 0);
}

/* Always other text than before, so that of two equal answers one loses (factor_change). */
static struct str data_after(
	const struct factor_question *q, const struct json *data, int64_t count)
{
	struct buf b = buf_new(q->arena, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_each(one, data)
	{
		if (str_is(one->key, "count") || str_is(one->key, "challenge"))
			continue;
		json_key_str(&w, one->key);
		json_value(&w, one);
	}
	json_put_int(&w, "count", count);
	json_put_str(&w, "challenge", sha256_base64url(q->arena, q->challenge));
	json_end_map(&w);
	return buf_str(&b);
}

static enum err judge_row(const struct factor_question *q, const struct factor *f,
	const struct json *answer, struct factor_proof *ret)
{
	struct str client_data = member(q->arena, answer, "clientDataJSON");
	struct signed_data said = {
		.auth_data = member(q->arena, answer, "authenticatorData"),
		.hash = sha256(q->arena, client_data),
		.signature = member(q->arena, answer, "signature"),
	};
	const struct json *data = webauthn_data(q->arena, f);
	struct authenticator_data got;

	if (!str_eq(json_get_str(data, "rp"), webauthn_rp_id(q->issuer)) ||
		!client_data_fits(q, client_data, "webauthn.get") ||
		authenticator_data_read(q->arena, said.auth_data, &got) != OK ||
		!data_fits(q, &got) || !is_signed(q, data, &said) ||
		!count_grows(data, got.count))
		return ERR_NOT_FOUND;
	if (str_eq(json_get_str(data, "challenge"), sha256_base64url(q->arena, q->challenge)))
		return ERR_CONFLICT;
	*ret = (struct factor_proof){
		.factor = f,
		.data = data_after(q, data, got.count),
		.is_user_verified = is_verified(&got),
	};
	return OK;
}

static enum err judge(
	const struct factor_question *q, struct str text, struct factor_proof *ret)
{
	const struct json *answer = parse(q->arena, text);
	struct str id = credential_id(q->arena, answer);
	struct str row_id = webauthn_row_id(q->arena, id);

	for (size_t i = 0; id.n > 0 && i < q->count; i++) {
		const struct factor *f = &q->factors[i];

		if (webauthn_owns(f) && str_eq(f->factor_id, row_id))
			return judge_row(q, f, answer, ret);
	}
	return ERR_NOT_FOUND;
}

const struct factor_kind webauthn_kind = {
	.name = "webauthn",
	.types = "webauthn-roaming webauthn-platform",
	.bit = FACTOR_WEBAUTHN,
	.method = "webauthn-roaming",
	.owns = webauthn_owns,
	.judge = judge,
};
