/* SPDX-License-Identifier: Apache-2.0 */

/* The test vectors of WebAuthn: each credential is registered and signs in, and a bit less is
 * nobody's. */
#include "base/base64.h"
#include "login/factor/factor.h"
#include "rows.h"
#include "webauthn_vectors.h"

static struct arena *a;
static const struct issuer issuer = { .host = STR_LIT("example.org"),
	.origin = STR_LIT("https://example.org") };

static int nibble(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static struct str bytes_of(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *bytes = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++)
		bytes[i] = (char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
	return (struct str){ bytes, n };
}

static struct str b64(struct str bytes)
{
	return base64url_encode(a, bytes.p, bytes.n);
}

static struct str client_data(const char *type, const char *challenge, const char *rest)
{
	return arena_printf(a,
		"{\"type\":\"%s\",\"challenge\":\"" STR_FMT
		"\",\"origin\":\"https://example.org\",%s}",
		type, STR_ARG(b64(bytes_of(challenge))), rest);
}

static struct factor_question question(
	const char *challenge, const struct factor *factors, size_t count)
{
	return (struct factor_question){ .issuer = &issuer,
		.arena = a,
		.factors = factors,
		.count = count,
		.challenge = bytes_of(challenge),
		.now = 1800000000 };
}

/* {fmt: "none", attStmt: {}, authData}: what browsers make of any when nobody asks for one. */
static struct str attestation_of(const struct vector *v)
{
	if (v->attestation)
		return bytes_of(v->attestation);
	return bytes_of(arena_printf(a,
		"a363666d74646e6f6e656761747453746d74a0686175746844617461"
		"58%02zx%s",
		strlen(v->auth_data) / 2, v->auth_data)
				.p);
}

/* Behind hash, flags, count, make and length, wherever the authenticator data is. */
static struct str id_of(const struct vector *v)
{
	struct str all = attestation_of(v);
	ptrdiff_t at = str_find(all, bytes_of(RP_HASH));

	row_true(v->section, at > 0);
	return str_first(str_after(all, (size_t)at + 32 + 1 + 4 + 16 + 2), 32);
}

static struct str registration(const struct vector *v)
{
	return arena_printf(a,
		"{\"id\":\"" STR_FMT "\",\"response\":{\"clientDataJSON\":\"" STR_FMT
		"\",\"attestationObject\":\"" STR_FMT "\"}}",
		STR_ARG(b64(id_of(v))),
		STR_ARG(b64(client_data("webauthn.create", v->challenge, v->rest))),
		STR_ARG(b64(attestation_of(v))));
}

static struct str authentication(
	const struct vector *v, struct str auth_data, struct str signature)
{
	return arena_printf(a,
		"{\"id\":\"" STR_FMT "\",\"response\":{\"clientDataJSON\":\"" STR_FMT
		"\",\"authenticatorData\":\"" STR_FMT "\",\"signature\":\"" STR_FMT "\"}}",
		STR_ARG(b64(id_of(v))),
		STR_ARG(b64(client_data("webauthn.get", v->get_challenge, v->get_rest))),
		STR_ARG(b64(auth_data)), STR_ARG(b64(signature)));
}

static struct str with_a_bit_less(struct str bytes, size_t at)
{
	char *copy = arena_alloc(a, bytes.n + 1);

	memcpy(copy, bytes.p, bytes.n);
	copy[at] = (char)(copy[at] ^ 1);
	return (struct str){ copy, bytes.n };
}

static void registrations(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct factor_question q = question(v->challenge, NULL, 0);
		struct factor_question other = question(RP_HASH, NULL, 0);
		struct factor made;

		row_int(v->section, webauthn_factor(&q, S("u"), registration(v), &made),
			v->want);
		row_int("another challenge",
			webauthn_factor(&other, S("u"), registration(v), &made), ERR_INVALID);
	}
}

static void authentications(void **state)
{
	size_t done = 0;

	(void)state;
	for (size_t i = 0; i < ROWS(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct factor_question q = question(v->challenge, NULL, 0);
		struct str data, signature;
		struct factor_proof proof;
		struct factor made;

		if (!v->get_challenge)
			continue;
		row_int(v->section, webauthn_factor(&q, S("u"), registration(v), &made), OK);
		q = question(v->get_challenge, &made, 1);
		data = bytes_of(v->get_auth_data);
		signature = bytes_of(v->signature);
		row_int(v->section,
			webauthn_kind.judge(&q, authentication(v, data, signature), &proof),
			OK);
		row_true("whose", proof.factor == &made);
		row_int("another signature",
			webauthn_kind.judge(&q,
				authentication(
					v, data, with_a_bit_less(signature, signature.n - 1)),
				&proof),
			ERR_NOT_FOUND);
		row_int("another count",
			webauthn_kind.judge(&q,
				authentication(v, with_a_bit_less(data, data.n - 1), signature),
				&proof),
			ERR_NOT_FOUND);
		q = question(v->challenge, &made, 1);
		row_int("another challenge",
			webauthn_kind.judge(&q, authentication(v, data, signature), &proof),
			ERR_NOT_FOUND);
		done++;
	}
	row_int("each algorithm that has one", (int64_t)done, 3);
}

static int set_up(void **state)
{
	(void)state;
	a = arena_new(64 * 1024);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(registrations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(authentications, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
