/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The test vectors of Web Authentication Level 3, section 16, all of them
 * (webauthn_vectors.json; 16.1 is the certificate that issued those of the others, which is
 * nothing we ask about): each credential is registered and signs in, those in a frame of
 * another site do neither, and with a part of it changed each is nobody's.
 */
#include <stdlib.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "hex.h"
#include "login/factor/factor.h"
#include "rows.h"
#include "json/json_value.h"

enum { COUNT_AT = 33, MAKE_AT = 37, ID_LENGTH_AT = 53, ID_AT = 55 };

static struct arena *a;
static const struct json *vectors;
static const struct issuer example = { .host = STR_LIT("example.org"),
	.origin = STR_LIT("https://example.org") };

/* One of the two ceremonies of a vector. */
struct ceremony {
	const char *section;
	struct issuer issuer;
	struct str challenge;
	struct str id;
	struct str client_data;
	struct str attestation;
	struct str auth_data;
	struct str signature;
};

static struct str member(const struct json *ceremony, const char *name)
{
	struct str hex = json_get_str(ceremony, name);

	return hex.n > 0 ? bytes_of_hex(a, hex) : hex;
}

static struct str b64(struct str bytes)
{
	return base64url_encode(a, bytes.p, bytes.n);
}

static size_t auth_data_at(struct str attestation)
{
	struct str hash = sha256(a, example.host);
	ptrdiff_t at = -1;

	for (size_t i = 0; i + ID_AT < attestation.n; i++) {
		if (memcmp(attestation.p + i, hash.p, hash.n) == 0)
			at = (ptrdiff_t)i;
	}
	row_true("the authenticator data is about us", at > 0);
	return (size_t)at;
}

static struct str id_of(struct str attestation)
{
	struct str data = str_after(attestation, auth_data_at(attestation));
	size_t n = (size_t)((unsigned char)data.p[ID_LENGTH_AT] << 8 |
			    (unsigned char)data.p[ID_LENGTH_AT + 1]);

	return str_first(str_after(data, ID_AT), n);
}

static struct ceremony registration_of(const struct json *vector)
{
	const struct json *said = json_get(vector, "registration");
	struct str attestation = member(said, "attestationObject");

	return (struct ceremony){
		.section = arena_cstr(a, json_get_str(vector, "section")),
		.issuer = example,
		.challenge = member(said, "challenge"),
		.id = id_of(attestation),
		.client_data = json_get_str(said, "clientDataJSON"),
		.attestation = attestation,
	};
}

static struct ceremony authentication_of(const struct json *vector)
{
	const struct json *said = json_get(vector, "authentication");
	struct ceremony c = registration_of(vector);

	c.challenge = member(said, "challenge");
	c.client_data = json_get_str(said, "clientDataJSON");
	c.auth_data = member(said, "authenticatorData");
	c.signature = member(said, "signature");
	return c;
}

static struct factor_question question(const struct ceremony *c, const struct factor *known)
{
	return (struct factor_question){ .issuer = &c->issuer,
		.arena = a,
		.factors = known,
		.count = known != NULL ? 1 : 0,
		.challenge = c->challenge,
		.now = 1800000000 };
}

static enum err registered(const struct ceremony *c, struct factor *ret)
{
	struct factor_question q = question(c, NULL);

	return webauthn_factor(&q, S("u"),
		arena_printf(a,
			"{\"id\":\"" STR_FMT "\",\"response\":{\"clientDataJSON\":\"" STR_FMT
			"\",\"attestationObject\":\"" STR_FMT "\"}}",
			STR_ARG(b64(c->id)), STR_ARG(b64(c->client_data)),
			STR_ARG(b64(c->attestation))),
		ret);
}

static enum err signed_in(const struct ceremony *c, const struct factor *known)
{
	struct factor_question q = question(c, known);
	struct factor_proof proof;

	return webauthn_kind.judge(&q,
		arena_printf(a,
			"{\"id\":\"" STR_FMT "\",\"response\":{\"clientDataJSON\":\"" STR_FMT
			"\",\"authenticatorData\":\"" STR_FMT "\",\"signature\":\"" STR_FMT
			"\"}}",
			STR_ARG(b64(c->id)), STR_ARG(b64(c->client_data)),
			STR_ARG(b64(c->auth_data)), STR_ARG(b64(c->signature))),
		&proof);
}

static bool is_framed(const struct ceremony *c)
{
	return str_find(c->client_data, S("\"crossOrigin\":true")) > 0;
}

static bool is_signed(const struct json *vector)
{
	return str_is(json_get_str(vector, "statement"), "signed");
}

/* --- lies --- */

static void flip(struct str *bytes, size_t at)
{
	char *copy = arena_alloc(a, bytes->n + 1);

	memcpy(copy, bytes->p, bytes->n);
	copy[at] = (char)(copy[at] ^ 1);
	bytes->p = copy;
}

static bool other_challenge(struct ceremony *c)
{
	flip(&c->challenge, 0);
	return true;
}

static bool other_origin(struct ceremony *c)
{
	c->issuer.origin = S("https://example.net");
	return true;
}

static bool other_relying_party(struct ceremony *c)
{
	c->issuer.host = S("example.net");
	return true;
}

/* "origin":"https://dxample.org" */
static bool bit_of_client_data(struct ceremony *c)
{
	flip(&c->client_data, (size_t)str_find(c->client_data, S("example.org")));
	return true;
}

/* As true as before: only who signed its hash knows better. */
static bool more_client_data(struct ceremony *c)
{
	c->client_data = arena_printf(a, STR_FMT ",\"more\":1}",
		STR_ARG(str_first(c->client_data, c->client_data.n - 1)));
	return true;
}

static bool other_key(struct ceremony *c)
{
	flip(&c->attestation, c->attestation.n - 1);
	return true;
}

static bool other_id(struct ceremony *c)
{
	flip(&c->attestation, auth_data_at(c->attestation) + ID_AT);
	return true;
}

static bool other_id_on_both_sides(struct ceremony *c)
{
	flip(&c->id, 0);
	return other_id(c);
}

static bool other_attested_relying_party(struct ceremony *c)
{
	flip(&c->attestation, auth_data_at(c->attestation));
	return true;
}

/* U2F did not sign the make. */
static bool other_make(struct ceremony *c)
{
	flip(&c->attestation, auth_data_at(c->attestation) + MAKE_AT);
	return str_find(c->attestation, S("packed")) > 0;
}

static bool other_statement(struct ceremony *c)
{
	ptrdiff_t at = str_find(c->attestation, S("csigX"));

	if (at < 0)
		return false;
	flip(&c->attestation, (size_t)at + 6 + (unsigned char)c->attestation.p[at + 5] - 1);
	return true;
}

/* Behind what begins every public key of P-256 in a certificate. */
static bool other_certificate(struct ceremony *c)
{
	ptrdiff_t at = str_find(c->attestation, bytes_of_hex(a, S("03420004")));

	if (at < 0)
		return false;
	flip(&c->attestation, (size_t)at + 4);
	return true;
}

static bool other_relying_party_hash(struct ceremony *c)
{
	flip(&c->auth_data, 0);
	return true;
}

static bool nobody_there(struct ceremony *c)
{
	flip(&c->auth_data, COUNT_AT - 1);
	return true;
}

static bool other_count(struct ceremony *c)
{
	flip(&c->auth_data, c->auth_data.n - 1);
	return true;
}

static bool other_signature(struct ceremony *c)
{
	flip(&c->signature, c->signature.n - 1);
	return true;
}

struct lie {
	const char *what;
	bool (*tell)(struct ceremony *); /* false: there is nothing of that kind in it */
	bool only_signed;                /* where a statement is read, it shows */
};

static const struct lie registration_lies[] = {
	{ "another challenge", other_challenge, false },
	{ "another origin", other_origin, false },
	{ "another relying party", other_relying_party, false },
	{ "another relying party's authenticator data", other_attested_relying_party, false },
	{ "a bit of the client data", bit_of_client_data, false },
	{ "another key", other_key, false },
	{ "another id", other_id, false },
	{ "another id, and the browser says so, too", other_id_on_both_sides, true },
	{ "another make", other_make, true },
	{ "more client data", more_client_data, true },
	{ "another signature of the statement", other_statement, true },
	{ "another certificate", other_certificate, true },
};

static const struct lie authentication_lies[] = {
	{ "another challenge", other_challenge, false },
	{ "another origin", other_origin, false },
	{ "another relying party", other_relying_party, false },
	{ "another relying party's authenticator data", other_relying_party_hash, false },
	{ "a bit of the client data", bit_of_client_data, false },
	{ "more client data", more_client_data, false },
	{ "nobody there", nobody_there, false },
	{ "another count", other_count, false },
	{ "another signature", other_signature, false },
};

static const char *sentence(const struct ceremony *c, const struct lie *lie)
{
	return arena_printf(a, "%s: %s", c->section, lie->what).p;
}

/* --- tests --- */

static void registrations(void **state)
{
	size_t n = 0;

	(void)state;
	json_each(vector, vectors)
	{
		struct ceremony c = registration_of(vector);
		struct factor made;

		row_int(c.section, registered(&c, &made), is_framed(&c) ? ERR_INVALID : OK);
		n++;
	}
	row_int("all of section 16", (int64_t)n, 15);
}

static void registrations_that_lie(void **state)
{
	size_t told = 0;

	(void)state;
	json_each(vector, vectors)
	{
		for (size_t i = 0; i < ROWS(registration_lies); i++) {
			const struct lie *lie = &registration_lies[i];
			struct ceremony c = registration_of(vector);
			bool counts = lie->tell(&c) && (!lie->only_signed || is_signed(vector));
			struct factor made;

			row_int(sentence(&c, lie), registered(&c, &made),
				counts || is_framed(&c) ? ERR_INVALID : OK);
			told += counts;
		}
	}
	row_int("lies", (int64_t)told, 143);
}

/* Of one in a frame the credential is known all the same: without a word of the frame. */
static struct factor known(const struct json *vector)
{
	struct ceremony c = registration_of(vector);
	struct factor made;

	if (is_framed(&c))
		c.client_data = arena_printf(a,
			"{\"type\":\"webauthn.create\",\"challenge\":\"" STR_FMT
			"\",\"origin\":\"https://example.org\"}",
			STR_ARG(b64(c.challenge)));
	row_int(c.section, registered(&c, &made), OK);
	return made;
}

static void authentications(void **state)
{
	(void)state;
	json_each(vector, vectors)
	{
		struct ceremony c = authentication_of(vector);
		struct factor row = known(vector);

		row_int(c.section, signed_in(&c, &row), is_framed(&c) ? ERR_NOT_FOUND : OK);
		for (size_t i = 0; i < ROWS(authentication_lies); i++) {
			c = authentication_of(vector);
			row_true("told", authentication_lies[i].tell(&c));
			row_int(sentence(&c, &authentication_lies[i]), signed_in(&c, &row),
				ERR_NOT_FOUND);
		}
	}
}

static int set_up(void **state)
{
	static char text[128 * 1024];
	const char *source = getenv("TACIT_SOURCE");
	FILE *f;
	size_t n;

	(void)state;
	a = arena_new(64 * 1024);
	assert_non_null(source);
	f = fopen(arena_printf(a, "%s/test/unit/webauthn_vectors.json", source).p, "rb");
	assert_non_null(f);
	n = fread(text, 1, sizeof(text), f);
	fclose(f);
	return json_parse(a, (struct str){ text, n }, &vectors, NULL) == OK ? 0 : -1;
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
		cmocka_unit_test_setup_teardown(registrations_that_lie, set_up, tear_down),
		cmocka_unit_test_setup_teardown(authentications, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
