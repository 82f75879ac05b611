/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client.h"

#include "tenant/document_secret.h"
#include "tenant_support.h"

static struct client read_good(const char *text)
{
	struct client c = { 0 };
	struct str why = { 0 };

	if (client_read(a, quoted(text), json_of(text), &c, &why))
		fail_msg("%s\n    refused: " STR_FMT, text, STR_ARG(why));
	return c;
}

static void defaults_follow_from_the_type(void **state)
{
	enum {
		PUBLIC = GRANT_AUTHORIZATION_CODE | GRANT_IMPLICIT | GRANT_REFRESH_TOKEN,
		CONFIDENTIAL = PUBLIC | GRANT_CLIENT_CREDENTIALS,
	};
	static const struct {
		const char *text;
		enum app_type type;
		enum auth_method method;
		unsigned grants;
		bool outlives;
	} rows[] = {
		{ "{'client_id': 'c'}", APP_REGULAR_WEB, AUTH_SECRET_BASIC, CONFIDENTIAL,
			true },
		{ "{'client_id': 'c', 'app_type': 'spa'}", APP_SPA, AUTH_NONE, PUBLIC, false },
		{ "{'client_id': 'c', 'app_type': 'native'}", APP_NATIVE, AUTH_NONE, PUBLIC,
			true },
		{ "{'client_id': 'c', 'app_type': 'non_interactive'}", APP_NON_INTERACTIVE,
			AUTH_SECRET_BASIC, CONFIDENTIAL, true },
		{ "{'client_id': 'c', 'app_type': 'sso_integration'}", APP_OTHER,
			AUTH_SECRET_BASIC, CONFIDENTIAL, true },
		{ "{'client_id': 'c', 'app_type': 'spa', 'token_endpoint_auth_method': "
		  "'client_secret_post', 'grant_types': ['password', "
		  "'urn:ietf:params:oauth:grant-type:device_code']}",
			APP_SPA, AUTH_SECRET_POST, GRANT_PASSWORD | GRANT_DEVICE_CODE, false },
		{ "{'client_id': 'c', 'grant_types': [], 'refresh_token': {'outlive_session': "
		  "false}}",
			APP_REGULAR_WEB, AUTH_SECRET_BASIC, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct client c = read_good(rows[i].text);

		row_int(rows[i].text, c.app_type, rows[i].type);
		row_int(rows[i].text, c.auth_method, rows[i].method);
		row_int(rows[i].text, c.grant_types, rows[i].grants);
		row_int(rows[i].text, c.refresh.outlive_session, rows[i].outlives);
		row_true(rows[i].text, c.enabled && c.is_first_party);
		row_int(rows[i].text, c.id_token_alg, JWS_RS256);
		row_int(rows[i].text, c.userinfo_alg, JWS_UNKNOWN);
		row_int(rows[i].text, c.id_token_lifetime, 36000);
		row_int(rows[i].text, c.default_max_age, -1);
		row_str(rows[i].text, c.name, "c");
	}
}

static void refresh_tokens_rotate_unless_told(void **state)
{
	static const struct {
		const char *text;
		bool rotating;
		int64_t leeway, lifetime, idle;
	} rows[] = {
		{ "{'client_id': 'c'}", true, 30, 2592000, 1296000 },
		{ "{'client_id': 'c', 'refresh_token': {'rotation_type': 'non-rotating', "
		  "'leeway': 0}}",
			false, 0, 2592000, 1296000 },
		{ "{'client_id': 'c', 'refresh_token': {'expiration_type': 'non-expiring'}}",
			true, 30, 0, 0 },
		{ "{'client_id': 'c', 'refresh_token': {'infinite_token_lifetime': true, "
		  "'idle_token_lifetime': 60}}",
			true, 30, 0, 60 },
		{ "{'client_id': 'c', 'refresh_token': {'infinite_idle_token_lifetime': true, "
		  "'token_lifetime': 60}}",
			true, 30, 60, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct client c = read_good(rows[i].text);

		row_int(rows[i].text, c.refresh.rotating, rows[i].rotating);
		row_int(rows[i].text, c.refresh.leeway, rows[i].leeway);
		row_int(rows[i].text, c.refresh.lifetime, rows[i].lifetime);
		row_int(rows[i].text, c.refresh.idle_lifetime, rows[i].idle);
	}
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *member, *begins, *names;
	} rows[] = {
		{ "'callbacks': ['https://a.example/#x']", "callbacks: ", "fragment" },
		{ "'callbacks': ['https://u:p@a.example/']", "callbacks: ", "user name" },
		{ "'callbacks': ['https://u@a.example/']", "callbacks: ", "user name" },
		{ "'callbacks': ['a.example/cb']", "callbacks: ", "absolute URL" },
		{ "'callbacks': ['javascript:alert(1)']", "callbacks: ", "scheme" },
		{ "'callbacks': ['JavaScript:alert(1)']", "callbacks: ", "scheme" },
		{ "'callbacks': ['data:text/html,x']", "callbacks: ", "scheme" },
		{ "'callbacks': ['https://a.*.example/']", "callbacks: ", "left-most" },
		{ "'callbacks': ['https://a*.b.example/']", "callbacks: ", "left-most" },
		{ "'callbacks': ['https://*.com/']", "callbacks: ", "public suffix" },
		{ "'callbacks': ['https://*.co.uk/cb']", "callbacks: ", "public suffix" },
		{ "'callbacks': ['https://*.github.io/cb']", "callbacks: ", "public suffix" },
		{ "'callbacks': ['https://*/cb']", "callbacks: ", "left-most" },
		{ "'callbacks': ['com.app://*.x/cb']", "callbacks: ", "left-most" },
		{ "'callbacks': ['https://m\303\274nchen.example/']",
			"callbacks: ", "xn--mnchen-3ya.example" },
		{ "'callbacks': [1]", "callbacks: ", "strings" },
		{ "'callbacks': ['']", "callbacks: ", "strings" },
		{ "'web_origins': ['https://a.example/path']", "web_origins: ", "origin" },
		{ "'web_origins': ['https://a.example?x']", "web_origins: ", "origin" },
		{ "'web_origins': ['com.app://x']", "web_origins: ", "origin" },
		{ "'web_origins': ['*']", "web_origins: ", "URL" },
		{ "'web_origins': ['null']", "web_origins: ", "URL" },
		{ "'app_type': 'robot'", "app_type: ", "spa" },
		{ "'token_endpoint_auth_method': '?'", "token_endpoint_auth_method: ", "none" },
		{ "'grant_types': ['code']", "grant_types: ", "grant type" },
		{ "'jwt_configuration': {'alg': 'RS1'}", "jwt_configuration.alg: ", "RS256" },
		{ "'jwt_configuration': {'alg': 'RS512'}", "jwt_configuration.alg: ", "RS256" },
		{ "'jwt_configuration': {'lifetime_in_seconds': 0}",
			"jwt_configuration.lifetime_in_seconds: ", "from 1" },
		{ "'default_max_age': -1", "default_max_age: ", "from 0" },
		{ "'jwks': {'keys': [{'kty': 'EC', 'd': 'x'}]}", "jwks: ", "public keys only" },
		{ "'jwks': {'keys': [{'kty': 'oct', 'k': 'x'}]}",
			"jwks: ", "public keys only" },
		{ "'jwks': []", "jwks: ", "keys" },
		{ "'client_secret_mac': 'short'", "client_secret_mac: ", "32 bytes" },
		{ "'web_origin': []", "web_origin: ", "did you mean web_origins?" },
		{ "'logo_uri': 'data:image/png,x'", "logo_uri: ", "http" },
		{ "'enabled': 'yes'", "enabled: ", "true or false" },
	};
	struct client c;
	struct str why;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *text = arena_printf(a, "{'client_id': 'c', %s}", rows[i].member).p;

		row_int(text, client_read(a, quoted(text), json_of(text), &c, &why),
			ERR_INVALID);
		if (!str_starts(why, str_from(rows[i].begins)) ||
			str_find(why, str_from(rows[i].names)) < 0)
			fail_msg("%s\n    says: " STR_FMT, text, STR_ARG(why));
	}
	row_int("no client_id", client_read(a, S("{}"), json_of("{}"), &c, &why), ERR_INVALID);
	row_int("a blank in it",
		client_read(a, S("{}"), json_of("{'client_id': 'a b'}"), &c, &why),
		ERR_INVALID);
}

static void auth0s_other_fields_are_accepted(void **state)
{
	struct client c = read_good(
		"{'client_id': 'c', 'tenant': 't', 'global': false, 'oidc_conformant': true,"
		" 'sso_disabled': false, 'cross_origin_authentication': false, 'addons': {},"
		" 'client_metadata': {'a': 'b'}, 'organization_usage': 'deny', 'mobile': null,"
		" 'native_social_login': {'apple': {'enabled': false}}, 'signing_keys': [],"
		" 'jwt_configuration': {'secret_encoded': false}, 'custom_login_page_on': true,"
		" 'refresh_token': {'policies': null}, 'description': ''}");

	(void)state;
	row_str("and the document stays whole", str_first(c.document, 17),
		"{\"client_id\": \"c\"");
}

static void callbacks_match_exactly(void **state)
{
	static const struct {
		const char *entry, *value;
		bool fits;
	} rows[] = {
		{ "https://a.example/cb", "https://a.example/cb", true },
		{ "https://a.example/cb", "https://a.example/cb/", false },
		{ "https://a.example/cb", "https://a.example/CB", false },
		{ "https://a.example/cb", "https://A.example/cb", false },
		{ "https://a.example/cb", "https://a.example:443/cb", false },
		{ "https://a.example/cb", "https://a.example/cb?x=1", false },
		{ "https://a.example/cb", "https://a.example/cb#", false },
		{ "https://a.example/cb", "http://a.example/cb", false },
		{ "https://a.example/cb", "", false },
		{ "https://a.example/cb?x=*", "https://a.example/cb?x=*", true },
		{ "https://a.example/cb?x=*", "https://a.example/cb?x=1", false },
		{ "com.app:/cb", "com.app:/cb", true },
		{ "http://127.0.0.1:8080/cb", "http://127.0.0.1:8081/cb", false },
		{ "https://*.a.example/cb", "https://x.a.example/cb", true },
		{ "https://*.a.example/cb", "https://x-1.a.example/cb", true },
		{ "https://*.a.example/cb", "https://a.example/cb", false },
		{ "https://*.a.example/cb", "https://.a.example/cb", false },
		{ "https://*.a.example/cb", "https://x.y.a.example/cb", false },
		{ "https://*.a.example/cb", "https://*.a.example/cb", false },
		{ "https://*.a.example/cb", "https://evil.example/x.a.example/cb", false },
		{ "https://*.a.example/cb", "https://evil.example#.a.example/cb", false },
		{ "https://*.a.example/cb", "https://evil.example?.a.example/cb", false },
		{ "https://*.a.example/cb", "https://evil@x.a.example/cb", false },
		{ "https://*.a.example/cb", "https://evil\\.a.example/cb", false },
		{ "https://*.a.example/cb", "https://x%2e.a.example/cb", false },
		{ "https://*.a.example/cb", "http://x.a.example/cb", false },
		{ "https://*.a.example/cb", "https://x.a.example/cb2", false },
		{ "http://*.localhost:9/cb", "http://x.localhost:9/cb", true },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct client c = read_good(arena_printf(a,
			"{'client_id': 'c', 'callbacks': ['%s'], 'allowed_logout_urls': "
			"['%s']}",
			rows[i].entry, rows[i].entry)
						    .p);
		struct str value = str_from(rows[i].value);

		row_int(rows[i].value, client_has_callback(&c, value), rows[i].fits);
		row_int(rows[i].value, client_has_logout_url_exactly(&c, value), rows[i].fits);
	}
}

static void origins_are_compared_as_browsers_write_them(void **state)
{
	struct client c = read_good(
		"{'client_id': 'c', 'web_origins': ['HTTPS://App.Example:443/', "
		"'http://b.example:8080', 'https://*.c.example:444'], 'allowed_origins': "
		"['https://d.example'], 'callbacks': ['https://e.example:443/cb', "
		"'com.app:/x', "
		"'https://*.f.example/cb']}");

	(void)state;
	row_str("for the frame", client_frame_ancestors(&c, a),
		"https://app.example http://b.example:8080 https://*.c.example:444");
	row_true("normal form", client_has_web_origin(&c, S("https://app.example")));
	row_true("with a port", client_has_web_origin(&c, S("http://b.example:8080")));
	row_true("a wildcard", client_has_web_origin(&c, S("https://x.c.example:444")));
	row_true("no more", !client_has_web_origin(&c, S("https://d.example")));
	row_true("nor this", !client_has_web_origin(&c, S("https://app.example.evil")));
	row_true("nor null", !client_has_web_origin(&c, S("null")));
	row_true("nor nothing", !client_has_web_origin(&c, S("")));
	row_true("CORS: web origins", client_has_cors_origin(&c, S("https://app.example")));
	row_true("CORS: allowed ones", client_has_cors_origin(&c, S("https://d.example")));
	row_true("CORS: of callbacks", client_has_cors_origin(&c, S("https://e.example")));
	row_true("CORS: of wild ones", client_has_cors_origin(&c, S("https://x.f.example")));
	row_true("CORS: no other", !client_has_cors_origin(&c, S("https://f.example")));
	row_true("CORS: not opaque", !client_has_cors_origin(&c, S("null")));
	row_true("CORS: not empty", !client_has_cors_origin(&c, S("")));
}

static void a_log_out_ignores_the_query(void **state)
{
	struct client c = read_good(
		"{'client_id': 'c', 'allowed_logout_urls': ['https://a.example/out']}");

	(void)state;
	row_true("as it is", client_has_logout_url(&c, S("https://a.example/out")));
	row_true("with a query", client_has_logout_url(&c, S("https://a.example/out?x=1")));
	row_true("not exactly",
		!client_has_logout_url_exactly(&c, S("https://a.example/out?x=1")));
	row_true("another path", !client_has_logout_url(&c, S("https://a.example/other?x=1")));
	row_true("a host that hides",
		!client_has_logout_url(&c, S("https://a.example/out@evil.example/")));
	row_true("user information",
		!client_has_logout_url(&c, S("https://a.example%2fout?@evil.example")));
}

static void keys_come_from_credentials_too(void **state)
{
	static const char pem[] =
		"-----BEGIN PUBLIC KEY-----\\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEfi9kPETOMR1EF4zvOw//UW/MA3Pk\\n"
		"ngPpY4V8P1HHIJLmqte+xZM6LDKqxugQINQWcZyZ9QqB1QK9LbPOAqnQgA==\\n"
		"-----END PUBLIC KEY-----\\n";
	struct client c = read_good(arena_printf(a,
		"{'client_id': 'c', 'token_endpoint_auth_method': null, "
		"'client_authentication_methods': {'private_key_jwt': {'credentials': "
		"[{'name': "
		"'k', 'alg': 'ES256', 'kid': 'one', 'pem': '%s'}]}}}",
		pem)
					    .p);
	struct str why;

	(void)state;
	row_int("it proves itself by a key", c.auth_method, AUTH_PRIVATE_KEY_JWT);
	row_str("its id", json_get_str(json_get(json_of(c.jwks.p), "keys")->first, "kid"),
		"one");
	row_str("its curve", json_get_str(json_get(json_of(c.jwks.p), "keys")->first, "crv"),
		"P-256");
	row_int("a key that does not fit its alg",
		client_read(a, S(""),
			json_of(arena_printf(a,
				"{'client_id': 'c', 'client_authentication_methods': "
				"{'private_key_jwt': {'credentials': [{'alg': 'RS256', 'pem': "
				"'%s'}]}}}",
				pem)
					.p),
			&c, &why),
		ERR_INVALID);
	row_int("no key at all",
		client_read(a, S(""),
			json_of("{'client_id': 'c', 'client_authentication_methods': "
				"{'private_key_jwt': {'credentials': [{'pem': 'x'}]}}}"),
			&c, &why),
		ERR_INVALID);
	row_int("without a pem",
		read_good("{'client_id': 'c', 'client_authentication_methods': "
			  "{'private_key_jwt': {'credentials': [{'id': 'cred_1'}]}}}")
			.auth_method,
		AUTH_PRIVATE_KEY_JWT);
}

static struct str stored(struct seal *seal, const char *body, const char *before)
{
	struct str text = { 0 };
	struct str why = { 0 };

	if (document_with_secrets(a, seal, DOCUMENT_CLIENT, json_of(body),
		    before ? json_of(before) : NULL, &text, &why))
		fail_msg("%s\n    refused: " STR_FMT, body, STR_ARG(why));
	return text;
}

static void secrets_are_not_kept_in_the_clear(void **state)
{
	static const char plain[] = "{'client_id': 'c', 'client_secret': "
				    "'a secret of thirty-two bytes or so'}";
	static const char shared[] = "{'client_id': 'c', 'jwt_configuration': {'alg': "
				     "'HS256'}, 'client_secret': 'a secret of thirty-two bytes "
				     "or so'}";
	struct seal *seal = seal_new(&secret, 1);
	struct str digest = stored(seal, plain, NULL);
	struct str sealed = stored(seal, shared, NULL);
	struct client c = { 0 };
	struct str why;

	(void)state;
	row_true("a digest", str_find(digest, S("a secret")) < 0);
	row_true("a seal", str_find(sealed, S("a secret")) < 0);
	row_bytes(
		"the same secret is the same document", stored(seal, plain, digest.p), digest);
	row_bytes("sealed too", stored(seal, shared, sealed.p), sealed);
	row_bytes("one that is not named stays", stored(seal, "{'client_id': 'c'}", digest.p),
		digest);
	row_int("the digest is read", client_read(a, digest, json_of(digest.p), &c, &why), OK);
	row_true("and fits", seal_mac_fits(seal, "client_secret",
				     S("a secret of thirty-two bytes or so"), c.secret_mac));
	row_true("and nothing else",
		!seal_mac_fits(seal, "client_secret", S("another"), c.secret_mac));
	row_str("the seal opens",
		document_open(a, seal, json_of(sealed.p), "client_secret_sealed"),
		"a secret of thirty-two bytes or so");
	row_int("HS256 wants 32 bytes",
		document_with_secrets(a, seal, DOCUMENT_CLIENT,
			json_of("{'client_id': 'c', 'jwt_configuration': {'alg': 'HS256'}, "
				"'client_secret': 'short'}"),
			NULL, &digest, &why),
		ERR_INVALID);
	row_int("HS256 cannot do with a digest",
		document_with_secrets(a, seal, DOCUMENT_CLIENT,
			json_of("{'client_id': 'c', 'jwt_configuration': {'alg': 'HS256'}}"),
			json_of(digest.p), &digest, &why),
		ERR_INVALID);
	seal_free(seal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_follow_from_the_type),
		cmocka_unit_test(refresh_tokens_rotate_unless_told),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(auth0s_other_fields_are_accepted),
		cmocka_unit_test(keys_come_from_credentials_too),
		cmocka_unit_test(callbacks_match_exactly),
		cmocka_unit_test(origins_are_compared_as_browsers_write_them),
		cmocka_unit_test(a_log_out_ignores_the_query),
		cmocka_unit_test(secrets_are_not_kept_in_the_clear),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
