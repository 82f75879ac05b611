/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwt.h"
#include "jose_support.h"

static void claims_are_an_object(void **state)
{
	static const char *const bad[] = { "", "[]", "null", "\"x\"", "1", "{", "{} {}",
		"{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}" };
	struct jws jws = { .payload = S("{\"sub\":\"alice\"}") };
	const struct json *claims = NULL;

	(void)state;
	assert_int_equal(jwt_claims(arena, &jws, &claims), OK);
	assert_true(str_is(json_get_str(claims, "sub"), "alice"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		claims = NULL;
		jws.payload = str_from(bad[i]);
		if (jwt_claims(arena, &jws, &claims) != ERR_INVALID)
			fail_msg("claims: %s", bad[i]);
		assert_null(claims);
	}
}

static void the_audience_is_a_string_or_a_list(void **state)
{
	/* clang-format off */
	static const struct {
		const char *claims;
		bool has;
	} rows[] = {
		{ "{\"aud\":\"app\"}", true },
		{ "{\"aud\":[\"app\"]}", true },
		{ "{\"aud\":[\"other\",\"app\"]}", true },
		{ "{\"aud\":\"other\"}", false },
		{ "{\"aud\":\"application\"}", false },
		{ "{\"aud\":\"ap\"}", false },
		{ "{\"aud\":\"other app\"}", false },
		{ "{\"aud\":[\"other\",[\"app\"]]}", false },
		{ "{\"aud\":{\"app\":\"app\"}}", false },
		{ "{\"aud\":[]}", false },
		{ "{\"aud\":null}", false },
		{ "{}", false },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (jwt_has_audience(json_from(str_from(rows[i].claims)), S("app")) !=
			rows[i].has)
			fail_msg("%s", rows[i].claims);
	}
	assert_false(jwt_has_audience(json_from(S("{\"aud\":\"\"}")), S("")));
	assert_false(jwt_has_audience(NULL, S("app")));
}

/* It is second 1000, and clocks may differ by 10. */
static void times_are_checked_with_leeway(void **state)
{
	/* clang-format off */
	static const struct {
		const char *claims;
		enum jwt_time time;
	} rows[] = {
		{ "{\"exp\":2000}", JWT_TIME_FITS },
		{ "{\"exp\":1001}", JWT_TIME_FITS },
		{ "{\"exp\":1000}", JWT_TIME_FITS },
		{ "{\"exp\":991}", JWT_TIME_FITS },
		{ "{\"exp\":990}", JWT_EXPIRED },
		{ "{\"exp\":0}", JWT_EXPIRED },
		{ "{\"exp\":-5}", JWT_EXPIRED },
		{ "{\"exp\":991.5}", JWT_TIME_FITS },
		{ "{\"exp\":990.9}", JWT_EXPIRED },
		{ "{\"exp\":9223372036854775807}", JWT_TIME_FITS },
		{ "{\"exp\":-9223372036854775808}", JWT_EXPIRED },
		{ "{\"exp\":1e300}", JWT_TIME_MISSING },
		{ "{\"exp\":\"2000\"}", JWT_TIME_MISSING },
		{ "{\"exp\":null}", JWT_TIME_MISSING },
		{ "{}", JWT_TIME_MISSING },
		{ "{\"exp\":2000,\"nbf\":1010}", JWT_TIME_FITS },
		{ "{\"exp\":2000,\"nbf\":1011}", JWT_NOT_YET },
		{ "{\"exp\":2000,\"nbf\":\"0\"}", JWT_TIME_MISSING },
		{ "{\"exp\":2000,\"iat\":1010}", JWT_TIME_FITS },
		{ "{\"exp\":2000,\"iat\":1011}", JWT_NOT_YET },
		{ "{\"exp\":2000,\"iat\":1010.5}", JWT_TIME_FITS },
		{ "{\"exp\":2000,\"iat\":{}}", JWT_TIME_MISSING },
		{ "{\"exp\":2000,\"iat\":1,\"nbf\":1}", JWT_TIME_FITS },
		{ "{\"exp\":990,\"nbf\":1011}", JWT_EXPIRED },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (jwt_check_times(json_from(str_from(rows[i].claims)), 1000, 10) !=
			rows[i].time)
			fail_msg("%s", rows[i].claims);
	}
}

static void the_end_is_the_one_that_was_checked(void **state)
{
	(void)state;
	assert_int_equal(jwt_expires_at(json_from(S("{\"exp\":2000}"))), 2000);
	assert_int_equal(jwt_expires_at(json_from(S("{\"exp\":2000.9}"))), 2000);
	assert_int_equal(jwt_expires_at(json_from(S("{\"exp\":2e3}"))), 2000);
	assert_int_equal(jwt_expires_at(json_from(S("{\"exp\":1e300}"))), 0);
	assert_int_equal(jwt_expires_at(json_from(S("{\"exp\":\"2000\"}"))), 0);
	assert_int_equal(jwt_expires_at(json_from(S("{}"))), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims_are_an_object),
		cmocka_unit_test(the_audience_is_a_string_or_a_list),
		cmocka_unit_test(times_are_checked_with_leeway),
		cmocka_unit_test(the_end_is_the_one_that_was_checked),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
