/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/client_authentication.h"

#include "base/base64.h"
#include "oidc/body_params.h"
#include "oidc_support.h"

#define SECRET       "s3cret: of /32 bytes + a few more"
#define SECRET_CODED "s3cret%3A+of+%2F32+bytes+%2B+a+few+more"
#define FORM         "application/x-www-form-urlencoded"
#define JWT_TYPE                                                                           \
	"client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-" \
	"bearer"

static struct client clients[6];
static struct jwk *private_key;

static struct str mac_of(const char *secret)
{
	return seal_mac(tenant.seal, arena, "client_secret", str_from(secret));
}

/* Sorted by client_id, as a tenant has them. */
static void make_clients(void)
{
	struct str jwk;

	assert_int_equal(jwk_generate(JWS_ES256, &private_key), OK);
	jwk = jwk_write_public(private_key, arena, S("key-1"), JWS_ES256);
	clients[0] = (struct client){ .client_id = S("basic"),
		.auth_method = AUTH_SECRET_BASIC,
		.secret_mac = mac_of(SECRET) };
	clients[1] = (struct client){ .client_id = S("key"),
		.auth_method = AUTH_PRIVATE_KEY_JWT,
		.jwks = arena_printf(arena, "{\"keys\":[" STR_FMT "]}", STR_ARG(jwk)) };
	clients[2] = (struct client){ .client_id = S("off"), .auth_method = AUTH_NONE };
	clients[3] = (struct client){ .client_id = S("post"),
		.auth_method = AUTH_SECRET_POST,
		.secret_mac = mac_of(SECRET) };
	clients[4] = (struct client){ .client_id = S("secretjwt"),
		.auth_method = AUTH_SECRET_JWT,
		.secret = S(SECRET),
		.secret_mac = mac_of(SECRET) };
	clients[5] = (struct client){ .client_id = S("spa"), .auth_method = AUTH_NONE };
	for (size_t i = 0; i < COUNT(clients); i++)
		clients[i].enabled = i != 2;
	tenant.clients = clients;
	tenant.client_count = COUNT(clients);
}

static struct str basic(const char *id, const char *secret)
{
	struct str pair = arena_printf(arena, "%s:%s", id, secret);
	struct str coded = base64_encode(arena, pair.p, pair.n);

	return arena_printf(arena, "Basic " STR_FMT, STR_ARG(coded));
}

static struct client_authentication ask(struct str authorization, struct str body)
{
	struct http_header header = { S("Authorization"), authorization };
	struct http_request rq = { .arena = arena,
		.now = NOW,
		.may_block = true,
		.headers = &header,
		.header_count = authorization.n > 0 ? 1 : 0 };
	struct params params = params_read(arena, body);
	struct client_authentication ret;

	assert_int_equal(client_authenticate(&tenant, &support_issuer, &rq, &params, &ret), OK);
	return ret;
}

static void secrets_and_none(void **state)
{
	const struct {
		const char *when;
		struct str authorization;
		struct str body;
		const char *error;
	} rows[] = {
		{ "public", S(""), S("client_id=spa"), NULL },
		{ "basic", basic("basic", SECRET_CODED), S(""), NULL },
		{ "basic, and client_id in the body too", basic("basic", SECRET_CODED),
			S("client_id=basic"), NULL },
		{ "post", S(""), S("client_id=post&client_secret=" SECRET_CODED), NULL },
		{ "post by a client of basic", S(""),
			S("client_id=basic&client_secret=" SECRET_CODED), NULL },
		{ "basic by a client of post", basic("post", SECRET_CODED), S(""), NULL },
		{ "a public client in Basic, without a secret", basic("spa", ""), S(""), NULL },
		{ "another scheme is no authentication", S("Bearer abc"), S("client_id=spa"),
			NULL },
		{ "a wrong secret", basic("basic", "wrong"), S(""), "invalid_client" },
		{ "a wrong secret, post", S(""), S("client_id=post&client_secret=wrong"),
			"invalid_client" },
		{ "a secret that was not url-encoded", basic("basic", "s3cret%"), S(""),
			"invalid_client" },
		{ "no secret", S(""), S("client_id=basic"), "invalid_client" },
		{ "an empty secret", S(""), S("client_id=post&client_secret="),
			"invalid_client" },
		{ "a secret of a public client", S(""), S("client_id=spa&client_secret=x"),
			"invalid_client" },
		{ "the secret of client_secret_jwt, posted", S(""),
			S("client_id=secretjwt&client_secret=" SECRET_CODED),
			"invalid_client" },
		{ "two ways", basic("basic", SECRET_CODED), S("client_secret=" SECRET_CODED),
			"invalid_request" },
		{ "two clients", basic("basic", SECRET_CODED), S("client_id=post"),
			"invalid_client" },
		{ "nobody", S(""), S("grant_type=x"), "invalid_client" },
		{ "unknown", S(""), S("client_id=nobody"), "invalid_client" },
		{ "disabled", S(""), S("client_id=off"), "invalid_client" },
		{ "Basic that is no base64", S("Basic ???"), S(""), "invalid_client" },
		{ "Basic without a colon", S("Basic YWJj"), S(""), "invalid_client" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct client_authentication got = ask(rows[i].authorization, rows[i].body);
		const char *error = got.fault == NULL ? NULL : got.fault->error;

		if ((error == NULL) != (rows[i].error == NULL) ||
			(error != NULL && strcmp(error, rows[i].error) != 0))
			fail_msg("%s: %s", rows[i].when, error ? error : "accepted");
		assert_true(error != NULL || got.client != NULL);
	}
}

struct assertion {
	const char *iss;
	const char *sub;
	const char *aud; /* JSON */
	int64_t exp;
	const char *jti;
};

static struct str payload_of(const struct assertion *a)
{
	return arena_printf(arena,
		"{\"iss\":\"%s\",\"sub\":\"%s\",\"aud\":%s,\"exp\":%lld,\"jti\":\"%s\"}",
		a->iss, a->sub, a->aud, (long long)a->exp, a->jti);
}

static const struct fault *assert_by(const struct jwk *key, enum jws_alg alg, const char *kid,
	struct str payload, const char *extra)
{
	struct str token;

	assert_int_equal(
		jws_sign(key, alg, S("JWT"), str_from(kid), arena, payload, &token), OK);
	return ask(S(""), arena_printf(arena, "%s&client_assertion=" STR_FMT "%s", JWT_TYPE,
				  STR_ARG(token), extra))
		.fault;
}

#define ISS "\"https://op.example/\""

static void assertions_by_key(void **state)
{
	static const struct {
		const char *when;
		struct assertion a;
		const char *extra;
		bool good;
	} rows[] = {
		{ "issuer as audience", { "key", "key", ISS, NOW + 60, "a1" }, "", true },
		{ "without its slash",
			{ "key", "key", "\"https://op.example\"", NOW + 60, "a2" }, "", true },
		{ "the token endpoint",
			{ "key", "key", "\"https://op.example/oauth/token\"", NOW + 60, "a3" },
			"", true },
		{ "a list", { "key", "key", "[\"https://x.example\"," ISS "]", NOW + 60, "a4" },
			"", true },
		{ "with client_id", { "key", "key", ISS, NOW + 60, "a5" }, "&client_id=key",
			true },
		{ "within the leeway", { "key", "key", ISS, NOW - 59, "a6" }, "", true },
		{ "another audience",
			{ "key", "key", "\"https://x.example/\"", NOW + 60, "b1" }, "", false },
		{ "expired", { "key", "key", ISS, NOW - 61, "b2" }, "", false },
		{ "for ever", { "key", "key", ISS, NOW + 90000, "b3" }, "", false },
		{ "issued by another", { "spa", "key", ISS, NOW + 60, "b4" }, "", false },
		{ "about another", { "key", "spa", ISS, NOW + 60, "b5" }, "&client_id=key",
			false },
		{ "no jti", { "key", "key", ISS, NOW + 60, "" }, "", false },
		{ "and a secret too", { "key", "key", ISS, NOW + 60, "b6" }, "&client_secret=x",
			false },
		{ "another client named", { "key", "key", ISS, NOW + 60, "b7" },
			"&client_id=spa", false },
		{ "used before", { "key", "key", ISS, NOW + 60, "a1" }, "", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fault *fault = assert_by(
			private_key, JWS_ES256, "key-1", payload_of(&rows[i].a), rows[i].extra);

		if ((fault == NULL) != rows[i].good)
			fail_msg("%s: %s", rows[i].when,
				fault ? fault->description.p : "accepted");
	}
}

static void an_assertion_without_exp_is_refused(void **state)
{
	(void)state;
	assert_non_null(assert_by(private_key, JWS_ES256, "key-1",
		S("{\"iss\":\"key\",\"sub\":\"key\",\"aud\":" ISS ",\"jti\":\"c1\"}"), ""));
}

static void other_keys_and_algorithms_do_not_do(void **state)
{
	const struct assertion a = { "key", "key", ISS, NOW + 60, "d1" };
	struct jwk *other, *public_as_secret = jwk_from_secret(clients[1].jwks);

	(void)state;
	assert_int_equal(jwk_generate(JWS_ES256, &other), OK);
	assert_non_null(assert_by(other, JWS_ES256, "key-1", payload_of(&a), ""));
	assert_non_null(assert_by(private_key, JWS_ES256, "key-2", payload_of(&a), ""));
	assert_non_null(assert_by(public_as_secret, JWS_HS256, "key-1", payload_of(&a), ""));
	assert_non_null(assert_by(NULL, JWS_NONE, "key-1", payload_of(&a), ""));
	assert_null(assert_by(private_key, JWS_ES256, "key-1", payload_of(&a), ""));
	jwk_unref(other);
	jwk_unref(public_as_secret);
}

static void assertions_by_secret(void **state)
{
	const struct assertion a = { "secretjwt", "secretjwt", ISS, NOW + 60, "e1" };
	struct jwk *right = jwk_from_secret(S(SECRET)),
		   *wrong = jwk_from_secret(S("another secret of thirty-two bytes"));

	(void)state;
	assert_non_null(assert_by(wrong, JWS_HS256, "", payload_of(&a), ""));
	assert_null(assert_by(right, JWS_HS256, "", payload_of(&a), ""));
	assert_non_null(assert_by(right, JWS_HS256, "", payload_of(&a), ""));
	jwk_unref(right);
	jwk_unref(wrong);
}

static void a_loop_thread_does_not_write(void **state)
{
	const struct assertion a = { "key", "key", ISS, NOW + 60, "f1" };
	struct http_request rq = { .arena = arena, .now = NOW, .may_block = false };
	struct client_authentication ret;
	struct params params;
	struct str token;

	(void)state;
	assert_int_equal(jws_sign(private_key, JWS_ES256, S("JWT"), S("key-1"), arena,
				 payload_of(&a), &token),
		OK);
	params = params_read(arena,
		arena_printf(arena, "%s&client_assertion=" STR_FMT, JWT_TYPE, STR_ARG(token)));
	assert_int_equal(client_authenticate(&tenant, &support_issuer, &rq, &params, &ret),
		ERR_WOULD_BLOCK);
}

static void bodies_are_forms_or_json(void **state)
{
	static const struct {
		const char *when;
		const char *type;
		const char *body;
		const char *client_id; /* NULL: refused */
	} rows[] = {
		{ "form", FORM, "client_id=spa&x=1", "spa" },
		{ "form with charset", FORM "; charset=UTF-8", "client_id=spa", "spa" },
		{ "no type", "", "client_id=spa", "spa" },
		{ "JSON", "application/json", "{\"client_id\":\"spa\",\"n\":1}", "spa" },
		{ "JSON with an object in it", "application/json",
			"{\"client_id\":\"spa\",\"o\":{}}", NULL },
		{ "resource may repeat", FORM, "client_id=spa&resource=a&resource=b", "spa" },
		{ "a number", "application/json", "{\"client_id\":42}", "42" },
		{ "an empty member", "application/json", "{\"client_id\":\"\"}", "" },
		{ "twice", FORM, "client_id=spa&client_id=spb", NULL },
		{ "twice, JSON", "application/json",
			"{\"client_id\":\"a\",\"client_id\":\"b\"}", NULL },
		{ "a broken escape", FORM, "client_id=%zz", NULL },
		{ "a list", "application/json", "[]", NULL },
		{ "no JSON", "application/json", "client_id=spa", NULL },
		{ "another type", "text/plain", "client_id=spa", NULL },
		{ "multipart", "multipart/form-data; boundary=x", "client_id=spa", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_header header = { S("Content-Type"), str_from(rows[i].type) };
		struct http_request rq = { .arena = arena,
			.headers = &header,
			.header_count = 1,
			.body = str_from(rows[i].body) };
		struct params params = { 0 };
		const struct fault *fault = body_params(&rq, &params);

		if ((fault == NULL) != (rows[i].client_id != NULL))
			fail_msg("%s: %s", rows[i].when,
				fault ? fault->description.p : "accepted");
		if (fault == NULL)
			assert_str(params_get(&params, "client_id"), rows[i].client_id);
		else
			assert_string_equal(fault->error, "invalid_request");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_and_none),
		cmocka_unit_test(assertions_by_key),
		cmocka_unit_test(an_assertion_without_exp_is_refused),
		cmocka_unit_test(other_keys_and_algorithms_do_not_do),
		cmocka_unit_test(assertions_by_secret),
		cmocka_unit_test(a_loop_thread_does_not_write),
		cmocka_unit_test(bodies_are_forms_or_json),
	};
	int failed;

	make_tenant();
	open_store();
	make_clients();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	jwk_unref(private_key);
	close_store();
	free_tenant();
	return failed;
}
