/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/id_token.h"

#include "base/base64.h"
#include "crypto/digest.h"
#include "oidc_support.h"
#include "json/json_writer.h"

static const struct user ana = {
	.user_id = STR_LIT("auth0|ana"),
	.email = STR_LIT("ana@example.com"),
	.email_verified = true,
	.username = STR_LIT("ana"),
	.phone_number = STR_LIT("+1 555 0100"),
	.name = STR_LIT("Ana \"the\" One"),
	.profile = STR_LIT("{\"given_name\":\"Ana\",\"address\":{\"country\":\"PT\"},"
			   "\"picture\":\"\",\"locale\":7,\"secret\":\"not a claim\"}"),
	.updated_at = NOW - 100,
};

static struct id_token_request plain(void)
{
	return (struct id_token_request){
		.tenant = &tenant,
		.client = &support_clients[0],
		.issuer = S("https://op.example/"),
		.scope = S("openid profile email"),
		.now = NOW,
		.who = { .user_id = S("auth0|ana"), .sid = S("the-sid"), .auth_time = NOW - 9 },
	};
}

static const struct json *made(const struct id_token_request *rq)
{
	struct str token;

	assert_int_equal(id_token_make(rq, arena, &token), OK);
	assert_str(typ_of(token), "JWT");
	return claims_of(token);
}

static void a_plain_one_says_no_more_than_it_must(void **state)
{
	struct id_token_request rq = plain();
	const struct json *claims = made(&rq);

	(void)state;
	assert_str(members_of(claims), "iss sub aud iat exp sid");
	assert_str(json_get_str(claims, "iss"), "https://op.example/");
	assert_str(json_get_str(claims, "sub"), "auth0|ana");
	assert_str(json_get_str(claims, "aud"), "alpha");
	assert_int_equal(json_get_int(claims, "iat", 0), NOW);
	assert_int_equal(json_get_int(claims, "exp", 0), NOW + 36000);
}

static void what_was_asked_for_is_added(void **state)
{
	struct id_token_request rq = plain();
	const struct json *claims;

	(void)state;
	rq.nonce = S("n-0S6_\"WzA2Mj");
	rq.auth_time_wanted = true;
	rq.who.acr = S("urn:acr");
	rq.who.amr = S("pwd mfa");
	claims = made(&rq);
	assert_str(members_of(claims), "iss sub aud iat exp sid nonce auth_time acr amr");
	assert_str(json_get_str(claims, "nonce"), "n-0S6_\"WzA2Mj");
	assert_int_equal(json_get_int(claims, "auth_time", 0), NOW - 9);
	assert_true(json_list_has(claims, "amr", S("pwd")));
	assert_true(json_list_has(claims, "amr", S("mfa")));
}

/* Core 1.0, A.3: the access token and at_hash of the example. */
static void hashes_are_the_left_half(void **state)
{
	struct id_token_request rq = plain();
	const struct json *claims;

	(void)state;
	rq.access_token = S("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y");
	rq.code = S("Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk");
	claims = made(&rq);
	assert_str(json_get_str(claims, "at_hash"), "77QmUPtjPfzWtF2AnpK9RQ");
	assert_str(json_get_str(claims, "c_hash"), "LDktKdoQak3Pk0cnXxCltA");
}

static void ed25519_goes_with_sha_512(void **state)
{
	struct client client = support_clients[0];
	struct id_token_request rq = plain();
	struct str hash;

	(void)state;
	client.id_token_alg = JWS_EDDSA;
	rq.client = &client;
	rq.access_token = S("token");
	hash = sha512(arena, rq.access_token);
	assert_str(json_get_str(made(&rq), "at_hash"), base64url_encode(arena, hash.p, 32).p);
}

static void profile_claims_stand_where_the_standard_puts_them(void **state)
{
	static const struct {
		const char *when;
		bool with_profile;
		const char *scope;
		const char *claims;
		bool needs_user;
		const char *more;
	} rows[] = {
		{ "an access token comes along", false, "openid profile email", "", false, "" },
		{ "alone", true, "openid profile email", "", true,
			" name given_name preferred_username updated_at email email_verified" },
		{ "alone, openid only", true, "openid", "", false, "" },
		{ "address and phone", true, "openid address phone", "", true,
			" address phone_number phone_number_verified" },
		{ "by the claims parameter", false, "openid profile",
			"{\"id_token\":{\"email\":null,\"name\":{\"essential\":true}}}", true,
			" name email" },
		{ "asked for at userinfo only", false, "openid profile",
			"{\"userinfo\":{\"name\":null}}", false, "" },
		{ "not a claim of ours", false, "openid", "{\"id_token\":{\"secret\":null}}",
			true, "" },
		{ "claims that are no JSON", false, "openid", "{\"id_token\"", true, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct id_token_request rq = plain();
		struct str expected =
			arena_printf(arena, "iss sub aud iat exp sid%s", rows[i].more);

		rq.with_profile = rows[i].with_profile;
		rq.scope = str_from(rows[i].scope);
		rq.claims = str_from(rows[i].claims);
		if (id_token_needs_user(&rq) != rows[i].needs_user)
			fail_msg("%s: needs_user", rows[i].when);
		rq.user = &ana;
		assert_str(members_of(made(&rq)), expected.p);
	}
}

static void scope_claims_may_be_wished_for_always(void **state)
{
	struct tenant own = *plain().tenant;
	struct client client = *plain().client;

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct id_token_request rq = plain();

		own.settings.scope_claims_in_id_token = (i & 1) != 0;
		client.scope_claims_in_id_token = (i & 2) != 0;
		rq.tenant = &own;
		rq.client = &client;
		rq.scope = S("openid email");
		assert_int_equal(id_token_needs_user(&rq), i != 0);
		rq.user = &ana;
		assert_str(members_of(made(&rq)),
			i == 0 ? "iss sub aud iat exp sid"
			       : "iss sub aud iat exp sid email email_verified");
	}
}

static void values_are_of_the_standards_types(void **state)
{
	struct id_token_request rq = plain();
	const struct json *claims;

	(void)state;
	rq.with_profile = true;
	rq.scope = S("openid profile email address");
	rq.user = &ana;
	claims = made(&rq);
	assert_str(json_get_str(claims, "name"), "Ana \"the\" One");
	assert_str(json_get_str(claims, "preferred_username"), "ana");
	assert_int_equal(json_get_int(claims, "updated_at", 0), NOW - 100);
	assert_true(json_get_bool(claims, "email_verified", false));
	assert_str(json_get_str(json_get(claims, "address"), "country"), "PT");
}

static void the_clients_secret_signs_hs256(void **state)
{
	struct jwk *right = jwk_from_secret(support_clients[1].secret);
	struct jwk *wrong = jwk_from_secret(S("another secret of thirty-two bytes"));
	struct id_token_request rq = plain();
	struct str token;
	struct jws jws;

	(void)state;
	rq.client = &support_clients[1];
	assert_int_equal(id_token_make(&rq, arena, &token), OK);
	assert_int_equal(jws_parse(arena, token, &jws), OK);
	assert_int_equal(jws_verify(&jws, right, JWS_HS256), OK);
	assert_int_equal(jws_verify(&jws, wrong, JWS_HS256), ERR_INVALID);
	jwk_unref(right);
	jwk_unref(wrong);
}

static void an_algorithm_without_a_key_is_not_found(void **state)
{
	struct client client = support_clients[0];
	struct id_token_request rq = plain();
	struct str token = S("untouched");

	(void)state;
	client.id_token_alg = JWS_PS256;
	rq.client = &client;
	assert_int_equal(id_token_make(&rq, arena, &token), ERR_NOT_FOUND);
	client.id_token_alg = JWS_HS256;
	assert_int_equal(id_token_make(&rq, arena, &token), ERR_NOT_FOUND);
	assert_str(token, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_one_says_no_more_than_it_must),
		cmocka_unit_test(what_was_asked_for_is_added),
		cmocka_unit_test(hashes_are_the_left_half),
		cmocka_unit_test(ed25519_goes_with_sha_512),
		cmocka_unit_test(profile_claims_stand_where_the_standard_puts_them),
		cmocka_unit_test(scope_claims_may_be_wished_for_always),
		cmocka_unit_test(values_are_of_the_standards_types),
		cmocka_unit_test(the_clients_secret_signs_hs256),
		cmocka_unit_test(an_algorithm_without_a_key_is_not_found),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
