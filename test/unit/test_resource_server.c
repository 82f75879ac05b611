/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/resource_server.h"

#include "tenant_support.h"

static struct resource_server read_good(const char *text)
{
	struct resource_server api = { 0 };
	struct str why = { 0 };

	if (resource_server_read(a, quoted(text), json_of(text), &api, &why))
		fail_msg("%s\n    refused: " STR_FMT, text, STR_ARG(why));
	return api;
}

static void defaults(void **state)
{
	struct resource_server api = read_good("{'identifier': 'https://api.example'}");

	(void)state;
	row_str("its name is its audience", api.name, "https://api.example");
	row_int("RS256", api.signing_alg, JWS_RS256);
	row_int("a day", api.token_lifetime, 86400);
	row_int("two hours from /authorize", api.token_lifetime_for_web, 7200);
	row_true("offline access", api.allow_offline_access);
	row_true("no consent for first parties", api.skip_consent);
	row_true("Auth0's dialect", !api.rfc9068);
}

static void what_is_said_is_read(void **state)
{
	struct resource_server api = read_good(
		"{'identifier': 'urn:api', 'name': 'API', 'signing_alg': 'EdDSA',"
		" 'token_dialect': 'rfc9068_profile', 'token_lifetime': 60, 'scopes': "
		"[{'value': 'read:a', 'description': 'Read'}, 'write:a'], "
		"'allow_offline_access': false, 'is_system': false, 'client': {}}");

	(void)state;
	row_int("EdDSA", api.signing_alg, JWS_EDDSA);
	row_true("RFC 9068", api.rfc9068);
	row_true("no offline access", !api.allow_offline_access);
	row_int("the default for the web shrinks along", api.token_lifetime_for_web, 60);
	row_int("two scopes", (int64_t)api.scope_count, 2);
	row_str("described", api.scopes[0].description, "Read");
	row_true("has", resource_server_has_scope(&api, S("write:a")));
	row_true("has not", !resource_server_has_scope(&api, S("write")));
	row_true("nor nothing", !resource_server_has_scope(&api, S("")));
	row_true("with permissions, too",
		read_good("{'identifier': 'x', 'token_dialect': 'rfc9068_profile_authz'}")
			.rfc9068);
	row_true("but not this one",
		!read_good("{'identifier': 'x', 'token_dialect': 'access_token_authz'}")
			 .rfc9068);
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *begins;
	} rows[] = {
		{ "{}", "identifier: " },
		{ "{'identifier': 'x', 'token_lifetime': 0}", "token_lifetime: " },
		{ "{'identifier': 'x', 'token_lifetime': 2592001}", "token_lifetime: " },
		{ "{'identifier': 'x', 'token_lifetime': 60, 'token_lifetime_for_web': 61}",
			"token_lifetime_for_web: " },
		{ "{'identifier': 'x', 'scopes': 'read'}", "scopes: " },
		{ "{'identifier': 'x', 'scopes': ['a b']}", "scopes: " },
		{ "{'identifier': 'x', 'scopes': [{'name': 'a'}]}", "scopes: " },
		{ "{'identifier': 'x', 'signing_alg': 'none'}", "signing_alg: " },
		{ "{'identifier': 'x', 'signing_secret': 'short'}", "signing_secret: " },
		{ "{'identifier': 'x', 'token_dialect': 'jwt'}", "token_dialect: " },
		{ "{'identifer': 'x'}", "identifer: " },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct resource_server api;
		struct str why = { 0 };

		row_int(rows[i].text,
			resource_server_read(
				a, quoted(rows[i].text), json_of(rows[i].text), &api, &why),
			ERR_INVALID);
		row_str(rows[i].text, str_first(why, strlen(rows[i].begins)), rows[i].begins);
	}
}

static void client_grants(void **state)
{
	struct client_grant grant = { 0 };
	struct str why;

	(void)state;
	row_int("a list of scopes",
		client_grant_read(a,
			json_of("{'client_id': 'c', 'audience': 'a', 'scope': ['x', 'y']}"),
			&grant, &why),
		OK);
	row_str("becomes words", grant.scope, "x y");
	row_int("or none",
		client_grant_read(a,
			json_of("{'client_id': 'c', 'audience': 'a', 'scope': []}"), &grant,
			&why),
		OK);
	row_int("no words", (int64_t)grant.scope.n, 0);
	row_int("no audience",
		client_grant_read(a, json_of("{'client_id': 'c'}"), &grant, &why), ERR_INVALID);
	row_int("a scope with a blank",
		client_grant_read(a,
			json_of("{'client_id': 'c', 'audience': 'a', 'scope': ['x y']}"),
			&grant, &why),
		ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(what_is_said_is_read),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(client_grants),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
