/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/authorization_code.h"
#include "oidc_support.h"

static struct authorization_code full(void)
{
	return (struct authorization_code){
		.issuer = S("https://op.example/"),
		.client_id = S("alpha"),
		.redirect_uri_digest = S("0123456789abcdef0123456789abcdef"),
		.code_challenge = S("challenge"),
		.challenge_plain = true,
		.nonce = S("nonce \xc3\xa4"),
		.scope = S("openid profile"),
		.audience = S("https://api.example"),
		.dpop_jkt = S("thumbprint"),
		.claims = S("{\"userinfo\":{}}"),
		.id_claims = S("{\"role\":\"admin\"}"),
		.access_claims = S("{\"tier\":1}"),
		.auth_time_wanted = true,
		.issued_at = NOW,
		.expires_at = NOW + 60,
		.who = { .user_id = S("auth0|1"),
			.sid = S("the-sid"),
			.auth_time = NOW - 5,
			.amr = S("pwd mfa"),
			.acr = S("urn:acr") },
	};
}

static void assert_same(const struct authorization_code *a, const struct authorization_code *b)
{
	assert_true(str_eq(a->id, b->id));
	assert_true(str_eq(a->issuer, b->issuer));
	assert_true(str_eq(a->client_id, b->client_id));
	assert_true(str_eq(a->redirect_uri_digest, b->redirect_uri_digest));
	assert_true(str_eq(a->code_challenge, b->code_challenge));
	assert_int_equal(a->challenge_plain, b->challenge_plain);
	assert_true(str_eq(a->nonce, b->nonce));
	assert_true(str_eq(a->scope, b->scope));
	assert_true(str_eq(a->audience, b->audience));
	assert_true(str_eq(a->dpop_jkt, b->dpop_jkt));
	assert_true(str_eq(a->claims, b->claims));
	assert_true(str_eq(a->id_claims, b->id_claims));
	assert_true(str_eq(a->access_claims, b->access_claims));
	assert_int_equal(a->auth_time_wanted, b->auth_time_wanted);
	assert_int_equal(a->issued_at, b->issued_at);
	assert_int_equal(a->expires_at, b->expires_at);
	assert_true(str_eq(a->who.user_id, b->who.user_id));
	assert_true(str_eq(a->who.sid, b->who.sid));
	assert_int_equal(a->who.auth_time, b->who.auth_time);
	assert_true(str_eq(a->who.amr, b->who.amr));
	assert_true(str_eq(a->who.acr, b->who.acr));
}

static void all_that_goes_in_comes_out(void **state)
{
	struct authorization_code in = full(), out;
	struct authorization_code least = { .issued_at = -1 }, least_out;
	struct str code = authorization_code_seal(tenant.seal, arena, &in);

	(void)state;
	assert_int_equal(authorization_code_open(tenant.seal, arena, code, &out), OK);
	assert_same(&in, &out);
	code = authorization_code_seal(tenant.seal, arena, &least);
	assert_int_equal(authorization_code_open(tenant.seal, arena, code, &least_out), OK);
	assert_same(&least, &least_out);
}

static void each_code_has_an_id_of_its_own(void **state)
{
	struct authorization_code a = full(), b = full(), given = full();

	(void)state;
	authorization_code_seal(tenant.seal, arena, &a);
	authorization_code_seal(tenant.seal, arena, &b);
	assert_int_equal(a.id.n, 16);
	assert_false(str_eq(a.id, b.id));
	given.id = S("sixteen bytes it");
	authorization_code_seal(tenant.seal, arena, &given);
	assert_str(given.id, "sixteen bytes it");
}

static void a_changed_code_opens_nothing(void **state)
{
	struct authorization_code in = full(), out = { .issued_at = 42 };
	struct str code = authorization_code_seal(tenant.seal, arena, &in);

	(void)state;
	for (size_t i = 0; i < code.n; i++) {
		char *changed = arena_alloc(arena, code.n);

		memcpy(changed, code.p, code.n);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(authorization_code_open(tenant.seal, arena,
					 (struct str){ changed, code.n }, &out),
			ERR_INVALID);
		assert_int_equal(
			authorization_code_open(tenant.seal, arena, str_first(code, i), &out),
			ERR_INVALID);
	}
	assert_int_equal(out.issued_at, 42);
}

static void neither_does_another_value_of_ours(void **state)
{
	struct authorization_code in = full(), out;
	struct str code = authorization_code_seal(tenant.seal, arena, &in);
	struct str plain, other;

	(void)state;
	assert_int_equal(seal_open(tenant.seal, arena, SEAL_CODE, code, &plain), OK);
	other = seal_close(tenant.seal, arena, SEAL_ACCESS_TOKEN, plain);
	assert_int_equal(authorization_code_open(tenant.seal, arena, other, &out), ERR_INVALID);
	other = seal_close(tenant.seal, arena, SEAL_CODE, str_first(plain, plain.n - 1));
	assert_int_equal(authorization_code_open(tenant.seal, arena, other, &out), ERR_INVALID);
	other = seal_close(tenant.seal, arena, SEAL_CODE, S(""));
	assert_int_equal(authorization_code_open(tenant.seal, arena, other, &out), ERR_INVALID);
}

static void nor_a_code_of_another_tenant(void **state)
{
	struct str secret = S("another tenant's secret, 32 byte");
	struct seal *seal = seal_new(&secret, 1);
	struct authorization_code in = full(), out;
	struct str code = authorization_code_seal(seal, arena, &in);

	(void)state;
	assert_int_equal(authorization_code_open(tenant.seal, arena, code, &out), ERR_INVALID);
	seal_free(seal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_goes_in_comes_out),
		cmocka_unit_test(each_code_has_an_id_of_its_own),
		cmocka_unit_test(a_changed_code_opens_nothing),
		cmocka_unit_test(neither_does_another_value_of_ours),
		cmocka_unit_test(nor_a_code_of_another_tenant),
	};
	int failed;

	make_tenant();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free_tenant();
	return failed;
}
