/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/settings.h"
#include "tenant/url_rule.h"

#include "tenant_support.h"

enum { HOUR = 3600, MINUTE = 60 };

static struct settings read_good(const char *text)
{
	struct settings s = { 0 };
	struct str why = { 0 };

	if (settings_read(a, json_of(text), &s, &why))
		fail_msg("%s\n    refused: " STR_FMT, text, STR_ARG(why));
	return s;
}

static void without_a_document_all_is_default(void **state)
{
	struct settings s = { 0 };
	struct str why;

	(void)state;
	row_int("NULL is a document", settings_read(a, NULL, &s, &why), OK);
	row_int("a week", s.session_lifetime, 168 * HOUR);
	row_int("three days", s.idle_session_lifetime, 72 * HOUR);
	row_int("ephemeral", s.ephemeral_session_lifetime, 72 * HOUR);
	row_int("idle ephemeral", s.idle_ephemeral_session_lifetime, 24 * HOUR);
	row_int("codes live a minute", s.authorization_code_lifetime, 60);
	row_int("ten failures", s.max_failures, 10);
	row_int("in a quarter of an hour", s.failure_window, 900);
	row_int("no limit on what succeeds", s.requests_per_minute, 0);
	row_int("three languages", (int64_t)s.enabled_locales.count, 3);
	row_int("every sign-in is of level 1", (int64_t)s.acr_values_supported.count, 1);
	row_true("persistent", s.session_cookie_persistent);
	row_true("a hint wants prompt=none", s.id_token_hint_requires_prompt_none);
	row_true("iss is answered", s.authorization_response_iss);
	row_true("log-out asks", s.oidc_logout_prompt_enabled);
	row_true("the rest is off", !s.mfa_always && !s.s256_only && !s.remember_me &&
					    !s.identifier_first && !s.unsigned_request_objects);
}

static void lifetimes_are_hours_or_minutes(void **state)
{
	static const struct {
		const char *row, *text;
		int64_t absolute, idle;
	} rows[] = {
		{ "hours", "{'session_lifetime': 100, 'idle_session_lifetime': 2}", 100 * HOUR,
			2 * HOUR },
		{ "fractions of hours",
			"{'session_lifetime': 3.0166666666666666, 'idle_session_lifetime': "
			"0.5}",
			181 * MINUTE, 30 * MINUTE },
		{ "minutes",
			"{'session_lifetime_in_minutes': 2, "
			"'idle_session_lifetime_in_minutes': 1}",
			2 * MINUTE, MINUTE },
		{ "one of each",
			"{'session_lifetime': 1, 'idle_session_lifetime_in_minutes': 59}", HOUR,
			59 * MINUTE },
		{ "a short absolute time draws the default idle time along",
			"{'session_lifetime': 10}", 10 * HOUR, 10 * HOUR },
		{ "null is as if absent",
			"{'session_lifetime': null, 'session_lifetime_in_minutes': 6000}",
			100 * HOUR, 72 * HOUR },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct settings s = read_good(rows[i].text);

		row_int(rows[i].row, s.session_lifetime, rows[i].absolute);
		row_int(rows[i].row, s.idle_session_lifetime, rows[i].idle);
	}
}

static void a_picture_is_kept_as_it_was_written(void **state)
{
	static const char *const rows[] = { "", "https://img.example/a.png",
		"HTTPS://Img.Example:8443/a;b='c'?d", "http://localhost:3000/a",
		"http://img.localhost/a", "https://192.0.2.1/a" };

	(void)state;
	/* What was kept before it was refused keeps no server from starting. */
	row_str("an old one", read_good("{'picture_url': 'http://a.example/x'}").picture_url,
		"http://a.example/x");
	for (size_t i = 0; i < ROWS(rows); i++) {
		row_true(rows[i], url_rule_picture(a, str_from(rows[i])) == NULL || !*rows[i]);
		struct str text = arena_printf(a, "{\"picture_url\":\"%s\"}", rows[i]);
		const struct json *document = NULL;
		struct settings s;

		row_int(rows[i], json_parse(a, text, &document, NULL), OK);
		row_int(rows[i], settings_read(a, document, &s, NULL), OK);
		row_str(rows[i], s.picture_url, rows[i]);
	}
}

static void a_picture_that_is_refused(void **state)
{
	static const struct {
		const char *url, *must;
	} rows[] = {
		{ "/logo.png", "absolute URL" },
		{ "logo.png", "absolute URL" },
		{ "//a.example/x", "absolute URL" },
		{ "http://a.example/x", "https URL" },
		{ "http://localhost.a.example/x", "https" },
		{ "http://nolocalhost/x", "https URL" },
		{ "http://127.0.0.1/x", "https URL" },
		{ "https://[::1]/x", "a domain" },
		{ "https://a~b.example/x", "a domain" },
		{ "https://u:p@a.example/x", "user name" },
		{ "https://u@a.example/x", "user name" },
		{ "https://a.example/x#y", "fragment" },
		{ "https://*.a.example/x", "wildcard" },
		{ "https://a.example;script-src/x", "absolute URL" },
		{ "https://a.example,b.example/x", "absolute URL" },
		{ "https://a.example /x", "absolute URL" },
		{ "https://a.example/x y", "absolute URL" },
		{ "https://a.example/\n", "absolute URL" },
		{ "https://é.example/x", "xn--9ca.example" },
		{ "data:image/png;base64,AA==", "http or https" },
		{ "javascript:alert(1)", "http or https" },
		{ "blob:https://a.example/1", "http or https" },
		{ "https:a.example/x", "absolute URL" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *must = url_rule_picture(a, str_from(rows[i].url));

		row_true(rows[i].url, must != NULL && strstr(must, rows[i].must) != NULL);
	}
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *begins, *names;
	} rows[] = {
		{ "{'session_lifetime': 1, 'session_lifetime_in_minutes': 60}",
			"session_lifetime: ", "not both" },
		{ "{'session_lifetime': 0}", "session_lifetime: ", "at least one minute" },
		{ "{'session_lifetime_in_minutes': 0.5}",
			"session_lifetime_in_minutes: ", "at least one minute" },
		{ "{'session_lifetime': -1}", "session_lifetime: ", "at least one minute" },
		{ "{'session_lifetime': '1'}", "session_lifetime: ", "number of hours" },
		{ "{'session_lifetime': 8761}", "session_lifetime: ", "at most 8760 hours" },
		{ "{'session_lifetime': 1, 'idle_session_lifetime': 2}",
			"idle_session_lifetime: ", "at most session_lifetime" },
		{ "{'ephemeral_session_lifetime': 1, 'idle_ephemeral_session_lifetime': 2}",
			"idle_ephemeral_session_lifetime: ", "at most" },
		{ "{'sesion_lifetime': 1}",
			"sesion_lifetime: ", "did you mean session_lifetime?" },
		{ "{'zzz': 1}", "zzz: ", "no such field" },
		{ "{'session_cookie': {'mod': 'persistent'}}",
			"session_cookie.mod: ", "session_cookie.mode" },
		{ "{'session_cookie': 'persistent'}", "session_cookie: ", "map" },
		{ "{'session_cookie': {'mode': 'forever'}}",
			"session_cookie.mode: ", "non-persistent" },
		{ "{'friendly_name': 1}", "friendly_name: ", "string" },
		{ "{'s256_only': 1}", "s256_only: ", "true or false" },
		{ "{'s256_only': 'true'}", "s256_only: ", "true or false" },
		{ "{'authorization_code_lifetime': 601}",
			"authorization_code_lifetime: ", "from 1 to 600" },
		{ "{'authorization_code_lifetime': 0}",
			"authorization_code_lifetime: ", "from 1 to 600" },
		{ "{'authorization_code_lifetime': 1.5}",
			"authorization_code_lifetime: ", "whole number" },
		{ "{'enabled_locales': ['fr']}", "enabled_locales: ", "en pt-BR es" },
		{ "{'enabled_locales': 'en'}", "enabled_locales: ", "list" },
		{ "{'allowed_logout_urls': ['javascript:alert(1)']}",
			"allowed_logout_urls: ", "scheme" },
		{ "{'allowed_logout_urls': ['/path']}",
			"allowed_logout_urls: ", "absolute URL" },
		{ "{'support_url': 'com.app:/help'}", "support_url: ", "http or https" },
		{ "{'picture_url': 1}", "picture_url: ", "string" },
		{ "{'guardianPolicies': {'policies': ['some']}}",
			"guardianPolicies: ", "all-applications" },
		{ "{'customDomains': [{'domain': 'a b'}]}", "customDomains: ", "host name" },
		{ "{'customDomains': ['https://a.example']}", "customDomains: ", "host name" },
		{ "{'customDomains': ['*.a.example']}", "customDomains: ", "host name" },
		{ "{'attackProtection': {'bruteForceProtection': {'max_attempts': 0}}}",
			"attackProtection.bruteForceProtection.max_attempts: ", "from 1" },
		{ "{'attackProtection': {'bruteForce': {}}}",
			"attackProtection.bruteForce: ", "no such field" },
		{ "[]", "document: ", "map" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct settings s = { .max_failures = 42 };
		struct str why = { 0 };

		row_int(rows[i].text, settings_read(a, json_of(rows[i].text), &s, &why),
			ERR_INVALID);
		if (!str_starts(why, str_from(rows[i].begins)) ||
			str_find(why, str_from(rows[i].names)) < 0)
			fail_msg("%s\n    says: " STR_FMT, rows[i].text, STR_ARG(why));
		row_int("nothing was touched", s.max_failures, 42);
	}
}

static void parts_of_the_file_are_read(void **state)
{
	struct settings s = read_good(
		"{'guardianPolicies': {'policies': ['all-applications']},"
		" 'customDomains': [{'domain': 'auth.shop.example'}, 'b.example:8443'],"
		" 'prompts': {'identifier_first': true, 'universal_login_experience': 'new'},"
		" 'attackProtection': {'bruteForceProtection': {'max_attempts': 3, 'mode': "
		"'x'},"
		"   'suspiciousIpThrottling': {'enabled': true}, 'requests_per_minute': 60},"
		" 'session_cookie': {'mode': 'non-persistent'},"
		" 'sessions': {'oidc_logout_prompt_enabled': false},"
		" 'flags': {'enable_sso': true}, 'sandbox_version': '22'}");

	(void)state;
	row_true("a second factor always", s.mfa_always);
	row_true("the list alone is a policy too",
		read_good("{'guardianPolicies': ['all-applications']}").mfa_always);
	row_true("no policy", !read_good("{'guardianPolicies': {'policies': []}}").mfa_always);
	row_int("two domains", (int64_t)s.domains.count, 2);
	row_str("of a map", s.domains.list[0], "auth.shop.example");
	row_str("of a word", s.domains.list[1], "b.example:8443");
	row_true("identifier first", s.identifier_first);
	row_int("three failures", s.max_failures, 3);
	row_int("sixty a minute", s.requests_per_minute, 60);
	row_true("the cookie ends with the browser", !s.session_cookie_persistent);
	row_true("log-out does not ask", !s.oidc_logout_prompt_enabled);
	row_true("protection that is off counts to no end",
		read_good("{'attackProtection': {'bruteForceProtection': {'enabled': false}}}")
				.max_failures == INT64_MAX);
}

static void the_manual_names_every_field(void **state)
{
	static const char *const names[] = { "session_lifetime", "session_cookie.mode",
		"customDomains", "s256_only", "web_origins", "refresh_token.leeway",
		"token_lifetime_for_web", "audience" };
	struct str text = settings_markdown(a);

	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		row_true(names[i], str_find(text, arena_printf(a, "| `%s` |", names[i])) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_document_all_is_default),
		cmocka_unit_test(lifetimes_are_hours_or_minutes),
		cmocka_unit_test(a_picture_is_kept_as_it_was_written),
		cmocka_unit_test(a_picture_that_is_refused),
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(parts_of_the_file_are_read),
		cmocka_unit_test(the_manual_names_every_field),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
