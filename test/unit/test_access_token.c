/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/access_token.h"

#include "oidc/token/id_token.h"
#include "oidc_support.h"
#include "store/revoked_token.h"

#define HANDLE "0123456789abcdefABCDEF"

enum api { AUTH0_API, RFC9068_API, SECRET_API };

static struct access_token_request for_api(enum api api)
{
	return (struct access_token_request){
		.tenant = &tenant,
		.client = &support_clients[0],
		.api = &support_apis[api],
		.issuer = S("https://op.example/"),
		.subject = S("auth0|ana"),
		.sid = S("the-sid"),
		.scope = S("openid read:orders"),
		.handle = S(HANDLE),
		.auth_time = NOW - 9,
		.now = NOW,
	};
}

static struct access_token_request opaque(void)
{
	struct access_token_request rq = for_api(AUTH0_API);

	rq.api = NULL;
	rq.claims = S("{\"userinfo\":{\"name\":null}}");
	return rq;
}

static struct access_token made(const struct access_token_request *rq)
{
	struct access_token token;

	assert_int_equal(access_token_make(rq, arena, &token), OK);
	return token;
}

static enum err open_at(struct str token, int64_t now, struct access_token_facts *ret)
{
	return access_token_open(&tenant, db_reader(tenant.db), arena, token, now, ret);
}

static void auth0s_dialect(void **state)
{
	struct access_token_request rq = for_api(AUTH0_API);
	struct access_token token = made(&rq);
	const struct json *claims = claims_of(token.token);

	(void)state;
	assert_int_equal(token.expires_in, 86400);
	assert_str(typ_of(token.token), "JWT");
	assert_str(members_of(claims), "iss sub aud iat exp azp scope jti sid");
	assert_true(json_list_has(claims, "aud", S("https://api.example")));
	assert_true(json_list_has(claims, "aud", S("https://op.example/userinfo")));
	assert_str(json_get_str(claims, "azp"), "alpha");
	assert_str(json_get_str(claims, "scope"), "openid read:orders");
	assert_int_equal(json_get_int(claims, "exp", 0), NOW + 86400);
	assert_true(str_starts(json_get_str(claims, "jti"), S(HANDLE ".")));
}

static void rfc_9068s_dialect(void **state)
{
	struct access_token_request rq = for_api(RFC9068_API);
	struct access_token token = made(&rq);
	const struct json *claims = claims_of(token.token);

	(void)state;
	assert_str(typ_of(token.token), "at+jwt");
	assert_str(members_of(claims), "iss sub aud iat exp client_id scope jti sid auth_time");
	assert_str(json_get_str(claims, "client_id"), "alpha");
}

static void without_openid_the_audience_is_one_string(void **state)
{
	struct access_token_request rq = for_api(AUTH0_API);
	const struct json *claims;

	(void)state;
	rq.scope = S("read:orders");
	rq.gty = "client-credentials";
	rq.sid = S("");
	rq.for_web = true;
	claims = claims_of(made(&rq).token);
	assert_str(members_of(claims), "iss sub aud iat exp azp scope jti gty");
	assert_str(json_get_str(claims, "aud"), "https://api.example");
	assert_int_equal(json_get_int(claims, "exp", 0), NOW + 7200);
}

static void all_forms_open_again(void **state)
{
	struct access_token_request rows[] = { for_api(AUTH0_API), for_api(RFC9068_API),
		opaque() };

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct access_token token = made(&rows[i]);
		struct access_token_facts f;

		assert_int_equal(open_at(token.token, NOW + 1, &f), OK);
		assert_str(f.client_id, "alpha");
		assert_str(f.subject, "auth0|ana");
		assert_str(f.sid, "the-sid");
		assert_str(f.scope, "openid read:orders");
		assert_str(f.issuer, "https://op.example/");
		assert_str(f.handle, HANDLE);
		assert_int_equal(f.issued_at, NOW);
		assert_int_equal(f.expires_at, NOW + token.expires_in);
		assert_true(str_eq(f.claims, rows[i].claims));
		assert_true(rows[i].api == NULL || str_eq(f.audience, rows[i].api->identifier));
	}
}

static void they_say_what_they_are_bound_to(void **state)
{
	struct access_token_request rows[] = { for_api(AUTH0_API), for_api(RFC9068_API),
		opaque() };
	const struct confirmation bound[] = { { 0 }, confirmation_by_jkt(S("a-key")),
		confirmation_by_x5t(S("a-certificate")) };
	const char *const types[] = { "Bearer", "DPoP", "Bearer" };

	(void)state;
	for (size_t i = 0; i < COUNT(rows) * COUNT(bound); i++) {
		struct access_token_request rq = rows[i / COUNT(bound)];
		const struct confirmation *c = &bound[i % COUNT(bound)];
		struct access_token_facts f;
		struct access_token token;

		rq.confirmation = *c;
		token = made(&rq);
		assert_str(token.token_type, types[i % COUNT(bound)]);
		assert_int_equal(open_at(token.token, NOW + 1, &f), OK);
		assert_int_equal(f.confirmation.method, c->method);
		assert_true(str_eq(f.confirmation.thumbprint, c->thumbprint));
	}
}

static void they_end_on_time(void **state)
{
	struct access_token_request rows[] = { for_api(AUTH0_API), opaque() };
	struct access_token_facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct access_token token = made(&rows[i]);

		assert_int_equal(open_at(token.token, NOW + token.expires_in - 1, &f), OK);
		assert_int_equal(
			open_at(token.token, NOW + token.expires_in, &f), ERR_NOT_FOUND);
	}
}

static enum err write_revoked(struct db_conn *conn, void *arg)
{
	return revoked_token_insert(conn, *(struct str *)arg, NOW + 100000);
}

static void what_is_revoked_is_not_found(void **state)
{
	struct access_token_request rq = for_api(AUTH0_API), rq2 = opaque();
	struct str handle = S("another-handle-of-22-c"), jti;
	struct access_token_facts f;
	struct str token, sibling;

	(void)state;
	rq.handle = rq2.handle = handle;
	token = made(&rq).token;
	sibling = made(&rq2).token;
	jti = json_get_str(claims_of(token), "jti");
	assert_int_equal(db_write(tenant.db, write_revoked, &jti), OK);
	assert_int_equal(open_at(token, NOW, &f), ERR_NOT_FOUND);
	assert_int_equal(open_at(sibling, NOW, &f), OK);
	assert_int_equal(db_write(tenant.db, write_revoked, &handle), OK);
	assert_int_equal(open_at(sibling, NOW, &f), ERR_NOT_FOUND);
}

static void a_changed_one_is_not_ours(void **state)
{
	struct access_token_request rows[] = { for_api(AUTH0_API), opaque() };
	struct access_token_facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str token = made(&rows[i]).token;

		for (size_t at = 0; at < token.n; at += 3) {
			char *changed = arena_alloc(arena, token.n);

			memcpy(changed, token.p, token.n);
			changed[at] = changed[at] == 'A' ? 'B' : 'A';
			assert_int_equal(open_at((struct str){ changed, token.n }, NOW, &f),
				ERR_INVALID);
		}
		assert_int_equal(open_at(str_first(token, token.n - 1), NOW, &f), ERR_INVALID);
	}
}

static struct str signed_as(enum jws_alg alg, const char *typ, const char *payload)
{
	struct str token;

	assert_int_equal(
		keyring_sign(tenant.keys, alg, str_from(typ), arena, str_from(payload), &token),
		OK);
	return token;
}

#define JTI HANDLE ".0123456789abcdefABCDEF"
#define CLAIMS(iss, aud, jti)                                                       \
	"{\"iss\":\"" iss "\",\"sub\":\"u\",\"aud\":\"" aud "\",\"azp\":\"alpha\"," \
	"\"iat\":1800000000,\"exp\":1800086400,\"jti\":\"" jti "\"}"

static void other_tokens_that_we_sign_are_no_access_tokens(void **state)
{
	static const struct {
		const char *when;
		const char *typ;
		const char *payload;
		enum err expected;
	} rows[] = {
		{ "one of ours", "JWT",
			CLAIMS("https://op.example/", "https://api.example", JTI), OK },
		{ "a logout token", "logout+jwt",
			CLAIMS("https://op.example/", "https://api.example", JTI),
			ERR_INVALID },
		{ "no typ", "", CLAIMS("https://op.example/", "https://api.example", JTI),
			ERR_INVALID },
		{ "a jti of another kind", "JWT",
			CLAIMS("https://op.example/", "https://api.example", "id"),
			ERR_INVALID },
		{ "for a client, like an id_token", "JWT",
			CLAIMS("https://op.example/", "alpha", JTI), ERR_INVALID },
		{ "of an issuer we are not", "JWT",
			CLAIMS("https://other.example/", "https://api.example", JTI),
			ERR_INVALID },
		{ "no object", "JWT", "[]", ERR_INVALID },
	};
	struct access_token_facts f;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str token = signed_as(JWS_ES256, rows[i].typ, rows[i].payload);
		enum err err = open_at(token, NOW, &f);

		if (err != rows[i].expected)
			fail_msg("%s: %s", rows[i].when, err_name(err));
	}
}

static void an_id_token_opens_nothing(void **state)
{
	struct id_token_request rq = { .tenant = &tenant,
		.client = &support_clients[0],
		.issuer = S("https://op.example/"),
		.scope = S("openid"),
		.now = NOW,
		.who = { .user_id = S("auth0|ana"), .sid = S("the-sid") } };
	struct access_token_facts f;
	struct str token;

	(void)state;
	assert_int_equal(id_token_make(&rq, arena, &token), OK);
	assert_int_equal(open_at(token, NOW, &f), ERR_INVALID);
}

/* The API could have made it itself, in anybody's name. */
static void a_secret_that_an_api_holds_opens_nothing(void **state)
{
	struct access_token_request rq = for_api(SECRET_API);
	struct access_token_facts f;
	struct str token = made(&rq).token;

	(void)state;
	assert_int_equal(open_at(token, NOW, &f), ERR_INVALID);
}

static void an_unsigned_one_opens_nothing(void **state)
{
	struct access_token_facts f;
	struct str token;

	(void)state;
	assert_int_equal(
		jws_sign(NULL, JWS_NONE, S("JWT"), S("ES256"), arena,
			S(CLAIMS("https://op.example/", "https://api.example", JTI)), &token),
		OK);
	assert_int_equal(open_at(token, NOW, &f), ERR_INVALID);
	assert_int_equal(open_at(S(""), NOW, &f), ERR_INVALID);
	assert_int_equal(open_at(S("..."), NOW, &f), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auth0s_dialect),
		cmocka_unit_test(rfc_9068s_dialect),
		cmocka_unit_test(without_openid_the_audience_is_one_string),
		cmocka_unit_test(all_forms_open_again),
		cmocka_unit_test(they_say_what_they_are_bound_to),
		cmocka_unit_test(they_end_on_time),
		cmocka_unit_test(what_is_revoked_is_not_found),
		cmocka_unit_test(a_changed_one_is_not_ours),
		cmocka_unit_test(other_tokens_that_we_sign_are_no_access_tokens),
		cmocka_unit_test(an_id_token_opens_nothing),
		cmocka_unit_test(a_secret_that_an_api_holds_opens_nothing),
		cmocka_unit_test(an_unsigned_one_opens_nothing),
	};
	int failed;

	make_tenant();
	open_store();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	close_store();
	free_tenant();
	return failed;
}
