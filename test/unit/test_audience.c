/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/audience.h"

#include "tenant/device_user_code.h"

#include "tenant_support.h"

static const struct api_scope of_a[] = { { STR_LIT("read:a"), STR_LIT("") },
	{ STR_LIT("both"), STR_LIT("") } };
static const struct api_scope of_b[] = { { STR_LIT("read:b"), STR_LIT("") },
	{ STR_LIT("both"), STR_LIT("") } };

#define API(id, life)                                                                     \
	.identifier = STR_LIT(id), .name = STR_LIT(id), .token_lifetime = (life),         \
	.token_lifetime_for_web = (life), .signing_alg = JWS_RS256, .skip_consent = true, \
	.allow_offline_access = true

static const struct resource_server apis[] = {
	{ API("urn:a", 3600), .scopes = of_a, .scope_count = 2 },
	{ API("urn:b", 600), .scopes = of_b, .scope_count = 2, .allow_offline_access = false },
	{ API("urn:es", 60), .signing_alg = JWS_ES256 },
	{ API("urn:hs", 60), .signing_alg = JWS_HS256 },
	{ API("urn:hs2", 60), .signing_alg = JWS_HS256 },
	{ API("urn:rfc", 60), .rfc9068 = true },
	{ API("urn:opaque", 60), .opaque = true },
	{ API("with a blank", 7200) },
};

static const struct tenant tenant = { .resource_servers = apis,
	.resource_server_count = sizeof(apis) / sizeof(apis[0]) };

static void one_is_itself(void **state)
{
	(void)state;
	row_true("one", tenant_audience(&tenant, a, S("urn:a")) == &apis[0]);
	row_true("blanks and all", tenant_audience(&tenant, a, S("with a blank")) == &apis[7]);
	row_true("none", tenant_audience(&tenant, a, S("urn:none")) == NULL);
	row_true("nothing", tenant_audience(&tenant, a, S("")) == NULL);
}

static void several_share(void **state)
{
	const struct resource_server *all = tenant_audience(&tenant, a, S("urn:a urn:b"));

	(void)state;
	row_true("they do", all != NULL);
	row_int("two", (int64_t)all->parts.count, 2);
	row_str("the first", all->parts.list[0], "urn:a");
	row_str("the second", all->parts.list[1], "urn:b");
	row_str("both names", all->name, "urn:a, urn:b");
	row_int("each scope once", (int64_t)all->scope_count, 3);
	row_true("of the second", resource_server_has_scope(all, S("read:b")));
	row_int("the shorter life", all->token_lifetime, 600);
	row_true("what one forbids is forbidden", !all->allow_offline_access);
	row_int("the table is as it was", (int64_t)apis[0].scope_count, 2);
}

static void some_cannot(void **state)
{
	static const char *const rows[] = { "urn:a urn:es", "urn:hs urn:hs2", "urn:a urn:rfc",
		"urn:a urn:opaque", "urn:a urn:none", "urn:a ", " urn:a",
		"urn:a urn:a urn:a urn:a urn:a urn:a urn:a urn:a urn:a" };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_true(rows[i], tenant_audience(&tenant, a, str_from(rows[i])) == NULL);
}

static void a_list_has_one_form(void **state)
{
	const struct str list[] = { S("urn:b"), S("urn:a"), S("urn:b") };
	struct str many[AUDIENCE_MOST + 1];

	(void)state;
	row_str("in order, each once", audience_join(a, list, 3), "urn:a urn:b");
	row_str("one", audience_join(a, list, 1), "urn:b");
	row_int("none", (int64_t)audience_join(a, list, 0).n, 0);
	for (size_t i = 0; i < ROWS(many); i++)
		many[i] = S("urn:a");
	row_int("too many", (int64_t)audience_join(a, many, ROWS(many)).n, 0);
}

static void what_it_has_and_how_long(void **state)
{
	(void)state;
	row_true("a part", audience_has(&tenant, S("urn:a urn:b"), S("urn:b")));
	row_true("not another", !audience_has(&tenant, S("urn:a urn:b"), S("urn:es")));
	row_true("no word of one", !audience_has(&tenant, S("with a blank"), S("blank")));
	row_true("nothing has nothing to have", !audience_has(&tenant, S(""), S("urn:a")));
	row_int("one", audience_longest_life(&tenant, S("urn:b")), 600);
	row_int("with a blank", audience_longest_life(&tenant, S("with a blank")), 7200);
	row_int("the longest", audience_longest_life(&tenant, S("urn:a urn:b")), 3600);
	row_int("without an API", audience_longest_life(&tenant, S("")), 86400);
}

static void user_codes_are_read_as_they_are_typed(void **state)
{
	const struct settings letters = { .device_flow.mask = STR_LIT("****-****") };
	const struct settings digits = { .device_flow = { .digits = 1,
						 .mask = STR_LIT("*** *** ***") } };
	static const char *const bad[] = { "", "WDJBMJH", "WDJB-MJHTT", "WDJB-MJH1",
		"AEIO-UAEI", "--------" };
	struct seal *seal = seal_new(&secret, 1);
	struct str key;

	(void)state;
	key = device_user_code_key(seal, a, &letters, S("WDJB-MJHT"));
	row_int("a MAC", (int64_t)key.n, 32);
	row_bytes("blanks", device_user_code_key(seal, a, &letters, S(" wdjb mjht ")), key);
	row_bytes(
		"other dashes", device_user_code_key(seal, a, &letters, S("wd_jb.mjht")), key);
	row_str("shown", device_user_code_shape(a, &letters, S("wdjbmjht")), "WDJB-MJHT");
	row_str("digits", device_user_code_shape(a, &digits, S("019450730")), "019 450 730");
	for (size_t i = 0; i < ROWS(bad); i++)
		row_int(bad[i],
			(int64_t)device_user_code_key(seal, a, &letters, str_from(bad[i])).n,
			0);
	for (int i = 0; i < 200; i++) {
		struct str made = device_user_code_make(a, &letters);

		row_int("long enough", (int64_t)made.n, 9);
		row_bytes(
			"it is its own shape", device_user_code_shape(a, &letters, made), made);
	}
	seal_free(seal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_is_itself),
		cmocka_unit_test(several_share),
		cmocka_unit_test(some_cannot),
		cmocka_unit_test(a_list_has_one_form),
		cmocka_unit_test(what_it_has_and_how_long),
		cmocka_unit_test(user_codes_are_read_as_they_are_typed),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
