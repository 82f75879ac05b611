/* SPDX-License-Identifier: Apache-2.0 */

/*
 * WebAuthn: judging what an authenticator said (Level 3, 7.1 and 7.2). libfido2 reads the
 * authenticator data and verifies signatures; the client data is JSON, and ours to look at.
 */

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <fido/rs256.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "login/factor/attestation.h"
#include "login/factor/webauthn_parts.h"
#include "json/json_writer.h"

enum {
	ANSWER_MAX = 32 * 1024,
	CREDENTIAL_ID_MAX = 1023, /* Level 3, 7.1, step 25 */
	FLAGS_AT = 32,            /* in authenticator data, behind the hash of the RP id */
	AUTH_DATA_LEAST = 37,
	ID_AT = 18, /* behind that: the make, and the length of the id */
	FLAG_PRESENT = 0x01,
	FLAG_VERIFIED = 0x04,
};

static void free_cred(fido_cred_t **cred)
{
	fido_cred_free(cred);
}
#define auto_cred __attribute__((cleanup(free_cred))) fido_cred_t

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
static bool auth_data_fits(const struct factor_question *q, struct str auth_data)
{
	struct str ours = sha256(q->arena, webauthn_rp_id(q->issuer));

	return auth_data.n >= AUTH_DATA_LEAST && str_eq(str_first(auth_data, FLAGS_AT), ours) &&
	       (auth_data.p[FLAGS_AT] & FLAG_PRESENT);
}

/* What is CBOR in authenticator data: a key behind its id, and extensions. */
static bool tail_is_plausible(struct str auth_data, bool attested)
{
	struct str tail = str_after(auth_data, AUTH_DATA_LEAST);
	size_t id;

	if (!attested)
		return cbor_is_plausible(tail);
	if (tail.n < ID_AT)
		return false;
	id = (size_t)((unsigned char)tail.p[ID_AT - 2] << 8 | (unsigned char)tail.p[ID_AT - 1]);
	return id <= tail.n - ID_AT && cbor_is_plausible(str_after(tail, ID_AT + id));
}

static bool is_verified(struct str auth_data)
{
	return auth_data.p[FLAGS_AT] & FLAG_VERIFIED;
}

/* --- a new credential --- */

static fido_cred_t *read_cred(const struct attestation *attested, int alg)
{
	auto_cred *cred = fido_cred_new();
	fido_cred_t *ret = cred;

	if (cred == NULL || fido_cred_set_type(cred, alg) != FIDO_OK ||
		fido_cred_set_authdata_raw(cred, bytes_of(attested->auth_data),
			attested->auth_data.n) != FIDO_OK ||
		fido_cred_id_len(cred) == 0 || fido_cred_pubkey_len(cred) == 0)
		return NULL;
	cred = NULL;
	return ret;
}

/*
 * None, or the credential's own signature. A certificate would say which make the
 * authenticator is; nobody asked for one.
 */
static bool attestation_holds(const struct factor_question *q, fido_cred_t *cred,
	const struct attestation *attested, struct str client_data)
{
	struct str hash = sha256(q->arena, client_data);
	const char *rp_id = arena_cstr(q->arena, webauthn_rp_id(q->issuer));

	if (str_is(attested->format, "none"))
		return attested->signature.n == 0;
	if (!str_is(attested->format, "packed") || attested->has_certificate ||
		attested->alg != fido_cred_type(cred))
		return false;
	return fido_cred_set_fmt(cred, "packed") == FIDO_OK &&
	       fido_cred_set_rp(cred, rp_id, NULL) == FIDO_OK &&
	       fido_cred_set_clientdata_hash(cred, bytes_of(hash), hash.n) == FIDO_OK &&
	       fido_cred_set_sig(cred, bytes_of(attested->signature), attested->signature.n) ==
		       FIDO_OK &&
	       fido_cred_verify_self(cred) == FIDO_OK;
}

static struct str write_data(const struct factor_question *q, const fido_cred_t *cred)
{
	struct arena *a = q->arena;
	struct buf b = buf_new(a, 512);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_str(
		&w, "id", base64url_encode(a, fido_cred_id_ptr(cred), fido_cred_id_len(cred)));
	json_put_str(&w, "rp", webauthn_rp_id(q->issuer));
	json_put_int(&w, "alg", fido_cred_type(cred));
	json_put_str(&w, "key",
		base64url_encode(a, fido_cred_pubkey_ptr(cred), fido_cred_pubkey_len(cred)));
	json_put_int(&w, "count", fido_cred_sigcount(cred));
	json_end_map(&w);
	return buf_str(&b);
}

/* It can sign somebody in when it is found without being named, and knows its holder. */
static bool is_passkey(const struct json *answer, struct str auth_data)
{
	const struct json *results = json_get(answer, "clientExtensionResults");

	return json_get_bool(json_get(results, "credProps"), "rk", false) &&
	       is_verified(auth_data);
}

static enum err take_cred(const struct factor_question *q, const struct json *answer,
	struct str client_data, const struct attestation *attested, int alg, struct factor *ret)
{
	auto_cred *cred = read_cred(attested, alg);
	struct str id;

	if (cred == NULL)
		return ERR_NOT_FOUND;
	id = (struct str){ (const char *)fido_cred_id_ptr(cred), fido_cred_id_len(cred) };
	if (id.n > CREDENTIAL_ID_MAX || !str_eq(id, credential_id(q->arena, answer)) ||
		!attestation_holds(q, cred, attested, client_data))
		return ERR_INVALID;
	ret->factor_id = webauthn_row_id(q->arena, id);
	ret->data = write_data(q, cred);
	return OK;
}

enum err webauthn_factor(const struct factor_question *q, struct str user_id, struct str text,
	struct factor *ret)
{
	const struct json *answer = parse(q->arena, text);
	struct str client_data = member(q->arena, answer, "clientDataJSON");
	struct attestation attested;
	struct factor made = { .user_id = user_id,
		.confirmed = true,
		.created_at = q->now,
		.last_used_at = q->now };
	enum err err = ERR_NOT_FOUND;

	if (!client_data_fits(q, client_data, "webauthn.create") ||
		attestation_read(q->arena, member(q->arena, answer, "attestationObject"),
			&attested) != OK ||
		!auth_data_fits(q, attested.auth_data) ||
		!tail_is_plausible(attested.auth_data, true))
		return ERR_INVALID;
	for (const int *alg = webauthn_algorithms; *alg != 0 && err == ERR_NOT_FOUND; alg++)
		err = take_cred(q, answer, client_data, &attested, *alg, &made);
	if (err != OK)
		return ERR_INVALID;
	made.type =
		is_passkey(answer, attested.auth_data) ? S("passkey") : S("webauthn-roaming");
	*ret = made;
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

static int verify_with(const fido_assert_t *assertion, int alg, struct str key)
{
	es256_pk_t *es256;
	eddsa_pk_t *eddsa;
	rs256_pk_t *rs256;
	int result = FIDO_ERR_INVALID_ARGUMENT;

	if (alg == COSE_ES256 && (es256 = es256_pk_new()) != NULL) {
		if (es256_pk_from_ptr(es256, key.p, key.n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, alg, es256);
		es256_pk_free(&es256);
	} else if (alg == COSE_EDDSA && (eddsa = eddsa_pk_new()) != NULL) {
		if (eddsa_pk_from_ptr(eddsa, key.p, key.n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, alg, eddsa);
		eddsa_pk_free(&eddsa);
	} else if (alg == COSE_RS256 && (rs256 = rs256_pk_new()) != NULL) {
		if (rs256_pk_from_ptr(rs256, key.p, key.n) == FIDO_OK)
			result = fido_assert_verify(assertion, 0, alg, rs256);
		rs256_pk_free(&rs256);
	}
	return result;
}

/* The authenticator data as libfido2 takes it: in a CBOR byte string, which it is without. */
static bool is_signed(const struct factor_question *q, const struct json *data,
	struct str auth_data, struct str client_data, struct str signature, int64_t *ret_count)
{
	auto_assert *assertion = fido_assert_new();
	struct str hash = sha256(q->arena, client_data);
	const char *rp_id = arena_cstr(q->arena, webauthn_rp_id(q->issuer));
	struct str key;

	if (assertion == NULL ||
		base64url_decode(q->arena, json_get_str(data, "key"), &key) != OK ||
		fido_assert_set_count(assertion, 1) != FIDO_OK ||
		fido_assert_set_rp(assertion, rp_id) != FIDO_OK ||
		fido_assert_set_up(assertion, FIDO_OPT_TRUE) != FIDO_OK ||
		fido_assert_set_clientdata_hash(assertion, bytes_of(hash), hash.n) != FIDO_OK ||
		fido_assert_set_authdata_raw(assertion, 0, bytes_of(auth_data), auth_data.n) !=
			FIDO_OK ||
		fido_assert_set_sig(assertion, 0, bytes_of(signature), signature.n) != FIDO_OK)
		return false;
	*ret_count = fido_assert_sigcount(assertion, 0);
	return verify_with(assertion, (int)json_get_int(data, "alg", 0), key) == FIDO_OK;
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
	struct str auth_data = member(q->arena, answer, "authenticatorData");
	const struct json *data = webauthn_data(q->arena, f);
	int64_t count;

	if (!str_eq(json_get_str(data, "rp"), webauthn_rp_id(q->issuer)) ||
		!client_data_fits(q, client_data, "webauthn.get") ||
		!auth_data_fits(q, auth_data) || !tail_is_plausible(auth_data, false) ||
		!is_signed(q, data, auth_data, client_data,
			member(q->arena, answer, "signature"), &count) ||
		!count_grows(data, count))
		return ERR_NOT_FOUND;
	if (str_eq(json_get_str(data, "challenge"), sha256_base64url(q->arena, q->challenge)))
		return ERR_CONFLICT;
	*ret = (struct factor_proof){
		.factor = f,
		.data = data_after(q, data, count),
		.is_user_verified = is_verified(auth_data),
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
