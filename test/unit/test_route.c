/* SPDX-License-Identifier: Apache-2.0 */
#include "front/forwarded.h"
#include "front/router.h"

#include "rows.h"

static enum err nothing(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	(void)rs;
	return OK;
}

static const struct route routes[] = {
	{ "/", HTTP_GET | HTTP_HEAD, nothing, INLINE, FORM_PAGE, "root", 0 },
	{ "/authorize", HTTP_GET | HTTP_POST, nothing, INLINE, FORM_FRAME, "authorize", 0 },
	{ "/api/*", HTTP_GET, nothing, INLINE, FORM_JSON, "api", 0 },
	{ "/api/v2/*", HTTP_GET, nothing, INLINE, FORM_JSON, "v2_read", 0 },
	{ "/api/v2/users", HTTP_GET, nothing, INLINE, FORM_JSON, "users", 0 },
	{ "/api/v2/*", HTTP_POST | HTTP_DELETE, nothing, POOL, FORM_JSON, "v2_write", 0 },
	{ "/u/login", HTTP_GET, nothing, INLINE, FORM_PAGE, "login_page", 0 },
	{ "/u/login", HTTP_POST, nothing, POOL, FORM_JSON, "login", 0 },
	{ "/why/*", HTTP_GET, nothing, INLINE, FORM_PAGE, "why", 0 },
};

static void rows_are_found(void **state)
{
	static const struct {
		const char *path;
		unsigned method;
		const char *name; /* NULL: none */
		const char *tail;
		unsigned allowed;
		enum route_form form;
	} rows[] = {
		{ "/", HTTP_GET, "root", "", HTTP_GET | HTTP_HEAD, FORM_PAGE },
		{ "/", HTTP_HEAD, "root", "", HTTP_GET | HTTP_HEAD, FORM_PAGE },
		{ "/", HTTP_POST, NULL, "", HTTP_GET | HTTP_HEAD, FORM_PAGE },
		{ "/authorize", HTTP_POST, "authorize", "", HTTP_GET | HTTP_POST, FORM_FRAME },
		{ "/authorize", HTTP_HEAD, NULL, "", HTTP_GET | HTTP_POST, FORM_FRAME },
		{ "/authorize", 0, NULL, "", HTTP_GET | HTTP_POST, FORM_FRAME },
		{ "/authorize/", HTTP_GET, NULL, "", 0, FORM_PAGE },
		{ "/Authorize", HTTP_GET, NULL, "", 0, FORM_PAGE },
		{ "/authoriz", HTTP_GET, NULL, "", 0, FORM_PAGE },
		{ "/api/", HTTP_GET, "api", "", HTTP_GET, FORM_JSON },
		{ "/api", HTTP_GET, NULL, "", 0, FORM_PAGE },
		{ "/api/x/y", HTTP_GET, "api", "x/y", HTTP_GET, FORM_JSON },
		{ "/api/v2", HTTP_GET, "api", "v2", HTTP_GET, FORM_JSON },
		{ "/api/v2/a", HTTP_GET, "v2_read", "a", HTTP_GET | HTTP_POST | HTTP_DELETE,
			FORM_JSON },
		{ "/api/v2/a", HTTP_POST, "v2_write", "a", HTTP_GET | HTTP_POST | HTTP_DELETE,
			FORM_JSON },
		{ "/api/v2/a", HTTP_PUT, NULL, "a", HTTP_GET | HTTP_POST | HTTP_DELETE,
			FORM_JSON },
		{ "/api/v2/users", HTTP_GET, "users", "", HTTP_GET, FORM_JSON },
		{ "/api/v2/users", HTTP_POST, NULL, "", HTTP_GET, FORM_JSON },
		{ "/api/v2/users/1", HTTP_POST, "v2_write", "users/1",
			HTTP_GET | HTTP_POST | HTTP_DELETE, FORM_JSON },
		{ "/u/login", HTTP_GET, "login_page", "", HTTP_GET | HTTP_POST, FORM_PAGE },
		{ "/u/login", HTTP_POST, "login", "", HTTP_GET | HTTP_POST, FORM_JSON },
		{ "/why/no_session", HTTP_GET, "why", "no_session", HTTP_GET, FORM_PAGE },
		{ "/why/*", HTTP_GET, "why", "*", HTTP_GET, FORM_PAGE },
	};
	struct router *router = router_new(routes, ROWS(routes));

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct router_match match =
			router_find(router, rows[i].method, str_from(rows[i].path));

		row_str(rows[i].path, str_from(match.route ? match.route->name : NULL),
			rows[i].name);
		row_str(rows[i].path, match.tail, rows[i].tail);
		row_int(rows[i].path, match.allowed, rows[i].allowed);
		row_int(rows[i].path, match.form, rows[i].form);
	}
	router_free(router);
	router_free(NULL);
}

static void no_routes(void **state)
{
	struct router *router = router_new(NULL, 0);

	(void)state;
	assert_null(router_find(router, HTTP_GET, S("/")).route);
	router_free(router);
}

static void allow(void **state)
{
	struct arena *arena = arena_new(256);

	(void)state;
	row_str("two", router_allow(arena, HTTP_POST | HTTP_GET), "GET, POST");
	row_str("all", router_allow(arena, 127),
		"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
	arena_free(arena);
}

static void networks(void **state)
{
	static const struct {
		const char *network;
		const char *address;
		bool holds;
	} rows[] = {
		{ "10.0.0.0/8", "10.255.0.1", true },
		{ "10.0.0.0/8", "11.0.0.1", false },
		{ "192.0.2.128/25", "192.0.2.129", true },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.6", false },
		{ "0.0.0.0/0", "203.0.113.1", true },
		{ "0.0.0.0/0", "2001:db8::1", false },
		{ "::/0", "203.0.113.1", true },
		{ "2001:db8::/33", "2001:db8:7fff::1", true },
		{ "2001:db8::/33", "2001:db8:8000::1", false },
		{ "::1", "::1", true },
		{ "127.0.0.1", "::ffff:127.0.0.1", true },
	};
	static const char *const bad[] = { "", "x", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x",
		"::1/129", "10.0.0/8", "10.0.0.0/-1", "/8", "[::1]" };
	struct network network;
	struct address address;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(network_parse(str_from(rows[i].network), &network), OK);
		assert_int_equal(address_parse(str_from(rows[i].address), &address), OK);
		row_int(rows[i].network, network_holds(&network, &address), rows[i].holds);
	}
	for (size_t i = 0; i < ROWS(bad); i++)
		row_int(bad[i], network_parse(str_from(bad[i]), &network), ERR_INVALID);
}

static void forwarded(void **state)
{
	static const struct {
		const char *row;
		const char *peer;
		struct http_header headers[3];
		const char *remote;
		const char *host;
		bool https;
	} rows[] = {
		{ "a stranger is not believed", "203.0.113.9",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("192.0.2.1") },
				{ STR_LIT("X-Forwarded-Proto"), STR_LIT("https") },
				{ STR_LIT("X-Forwarded-Host"), STR_LIT("evil.example") } },
			"peer", "host", false },
		{ "a proxy is", "10.0.0.1",
			{ { STR_LIT("x-forwarded-for"), STR_LIT("192.0.2.1") },
				{ STR_LIT("x-forwarded-proto"), STR_LIT("HTTPS") },
				{ STR_LIT("x-forwarded-host"), STR_LIT("ID.example:8443") } },
			"192.0.2.1", "id.example:8443", true },
		{ "what the client wrote is left of what the proxy wrote", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("1.1.1.1, 192.0.2.1") } },
			"192.0.2.1", "host", false },
		{ "two proxies", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"),
				STR_LIT("1.1.1.1,192.0.2.1 , 10.0.0.2") } },
			"192.0.2.1", "host", false },
		{ "two lines", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("1.1.1.1, 192.0.2.1") },
				{ STR_LIT("X-Forwarded-For"), STR_LIT("10.0.0.2") } },
			"192.0.2.1", "host", false },
		{ "only proxies", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("10.0.0.3, 10.0.0.2") } },
			"10.0.0.3", "host", false },
		{ "with ports", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("192.0.2.1:4711") } },
			"192.0.2.1", "host", false },
		{ "IPv6", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"), STR_LIT("[2001:db8::1]:4711") } },
			"2001:db8::1", "host", false },
		{ "nonsense ends the walk", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-For"),
				STR_LIT("192.0.2.1, unknown, 10.0.0.2") } },
			"10.0.0.2", "host", false },
		{ "a host that is none", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-Host"), STR_LIT("a/b") } }, "10.0.0.1", "host",
			false },
		{ "the last host counts", "10.0.0.1",
			{ { STR_LIT("X-Forwarded-Host"), STR_LIT("evil.example, id.example") },
				{ STR_LIT("X-Forwarded-Proto"), STR_LIT("https, http") } },
			"10.0.0.1", "id.example", false },
	};
	struct network proxies[1];
	struct trust trust = { proxies, 1 };
	struct arena *arena = arena_new(4096);

	(void)state;
	assert_int_equal(network_parse(S("10.0.0.0/8"), &proxies[0]), OK);
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct http_request rq = { .arena = arena,
			.remote = S("peer"),
			.host = S("host"),
			.headers = rows[i].headers,
			.header_count = 3 };
		struct address peer;

		assert_int_equal(address_parse(str_from(rows[i].peer), &peer), OK);
		forwarded_apply(&rq, &trust, &peer);
		row_str(rows[i].row, rq.remote, rows[i].remote);
		row_str(rows[i].row, rq.host, rows[i].host);
		row_int(rows[i].row, rq.https, rows[i].https);
	}
	arena_free(arena);
}

static void listening(void **state)
{
	static const char *const bad[] = { "", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:x",
		"127.0.0.1:65536", "localhost:80", "::1:80", "[127.0.0.1]:80", "[::1:80",
		"[::1]80" };
	int first = -1;
	int second = -1;
	char again[32];

	(void)state;
	for (size_t i = 0; i < ROWS(bad); i++)
		row_int(bad[i], listen_on(str_from(bad[i]), 0, false, &first), ERR_INVALID);

	assert_int_equal(listen_on(S("127.0.0.1:0"), 0, true, &first), OK);
	assert_true(listen_port(first) > 0);
	(void)snprintf(again, sizeof(again), "127.0.0.1:%u", listen_port(first));
	row_int("alone", listen_on(str_from(again), 0, false, &second), ERR_CONFLICT);
	row_int("shared", listen_on(str_from(again), 0, true, &second), OK);
	(void)close(first);
	(void)close(second);
	assert_int_equal(listen_port(-1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_found),
		cmocka_unit_test(no_routes),
		cmocka_unit_test(allow),
		cmocka_unit_test(networks),
		cmocka_unit_test(forwarded),
		cmocka_unit_test(listening),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
