/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/browser.h"

#include "crypto/digest.h"
#include "tenant/issuer.h"
#include "tenant/site.h"
#include "tenant_support.h"

static struct tenant tenant;

static void a_cookie_is_its_digests(void **state)
{
	struct browser_secret one = browser_secret_new(&tenant, a);
	struct browser_secret two = browser_secret_new(&tenant, a);
	struct str digest = { 0 };

	(void)state;
	row_int("the shape: v1, 32 bytes, 32 bytes", (int64_t)one.cookie.n, 3 + 43 + 1 + 43);
	row_str("version", str_first(one.cookie, 3), "v1.");
	row_int("it is read", browser_secret_read(&tenant, a, one.cookie, &digest), OK);
	row_bytes("as its digest", digest, one.digest);
	row_int("of 32 bytes", (int64_t)digest.n, SHA256_SIZE);
	row_true("no two are alike",
		!str_eq(one.cookie, two.cookie) && !str_eq(one.digest, two.digest));
}

/* Every byte counts: a cookie with one changed is none. */
static void a_forged_cookie_is_none(void **state)
{
	struct str cookie = browser_secret_new(&tenant, a).cookie;
	struct str untouched = S("untouched");

	(void)state;
	for (size_t i = 0; i < cookie.n; i++) {
		struct str copy = arena_str(a, cookie);
		char *p = (char *)(uintptr_t)copy.p;

		p[i] = p[i] == 'A' ? 'B' : 'A';
		row_int("one byte is another",
			browser_secret_read(&tenant, a, copy, &untouched), ERR_INVALID);
		row_int("cut short",
			browser_secret_read(&tenant, a, str_first(cookie, i), &untouched),
			ERR_INVALID);
	}
	row_int("longer",
		browser_secret_read(
			&tenant, a, arena_printf(a, STR_FMT "A", STR_ARG(cookie)), &untouched),
		ERR_INVALID);
	row_int("absent", browser_secret_read(&tenant, a, (struct str){ 0 }, &untouched),
		ERR_INVALID);
	row_str("and nothing was given", untouched, "untouched");
}

static void another_tenants_cookie_is_none(void **state)
{
	struct str other_secret = S("another master secret of 32 byte");
	struct tenant other = { .seal = seal_new(&other_secret, 1) };
	struct str cookie = browser_secret_new(&other, a).cookie;
	struct str digest;

	(void)state;
	row_int("not ours", browser_secret_read(&tenant, a, cookie, &digest), ERR_INVALID);
	seal_free(other.seal);
}

static void an_older_master_key_still_fits(void **state)
{
	struct str secrets[] = { STR_LIT("another master secret of 32 byte"), secret };
	struct tenant newer = { .seal = seal_new(secrets, 2) };
	struct str digest;

	(void)state;
	row_int("after a rotation",
		browser_secret_read(&newer, a, browser_secret_new(&tenant, a).cookie, &digest),
		OK);
	seal_free(newer.seal);
}

static void issuers(void **state)
{
	static const struct str domains[] = { STR_LIT("auth.shop.example"),
		STR_LIT("b.example:9443"), STR_LIT("[::1]") };
	static const struct {
		const char *url, *issuers[4];
	} rows[] = {
		{ "https://auth.example/",
			{ "https://auth.example/", "https://auth.shop.example/",
				"https://b.example:9443/", "https://[::1]/" } },
		{ "http://localhost:8080/",
			{ "http://localhost:8080/", "http://auth.shop.example:8080/",
				"http://b.example:9443/", "http://[::1]:8080/" } },
	};
	struct issuer own = issuer_make(a, S("https://auth.example/"));

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct issuer *made =
			issuers_make(a, str_from(rows[i].url), (struct str_list){ domains, 3 });

		for (size_t j = 0; j < 4; j++)
			row_str(rows[i].url, made[j].url, rows[i].issuers[j]);
	}
	row_str("origin", own.origin, "https://auth.example");
	row_str("host", own.host, "auth.example");
	/* printf https://auth.example/ | sha256sum */
	row_str("cookie", own.cookie, "__Host-tacit-7dc0561a");
	row_str("flow cookie", own.flow_cookie, "__Host-tacit-flow-7dc0561a");
}

static void what_may_be_an_issuer(void **state)
{
	static const struct {
		const char *url;
		bool fits;
	} rows[] = {
		{ "https://auth.example/", true },
		{ "https://auth.example:8443/", true },
		{ "http://localhost:8080/", true },
		{ "http://a.localhost/", true },
		{ "http://127.0.0.1:1/", true },
		{ "http://[::1]/", true },
		{ "http://auth.example/", false },
		{ "http://127.example/", false },
		{ "http://localhost.example/", false },
		{ "https://auth.example", false },
		{ "https://auth.example/path/", false },
		{ "https://u@auth.example/", false },
		{ "https://auth.example/?x", false },
		{ "https://auth.example/#", false },
		{ "ftp://auth.example/", false },
		{ "auth.example", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].url, issuer_check(a, str_from(rows[i].url)) == NULL,
			rows[i].fits);
}

static void sites(void **state)
{
	static const struct {
		const char *one, *two;
		bool same;
	} rows[] = {
		{ "https://app.example.com", "https://auth.example.com", true },
		{ "https://example.com", "https://auth.example.com:8443", true },
		{ "https://a.example.co.uk", "https://b.example.co.uk", true },
		{ "https://a.co.uk", "https://b.co.uk", false },
		{ "https://a.github.io", "https://b.github.io", false },
		{ "https://app.example.com", "http://auth.example.com", false },
		{ "https://app.example.com", "https://auth.example.org", false },
		{ "https://APP.example.com", "https://auth.Example.com", true },
		{ "http://localhost:1", "http://localhost:2", true },
		{ "http://a.localhost", "http://b.localhost", false },
		{ "http://x.a.localhost", "http://y.a.localhost", true },
		{ "http://localhost", "http://a.localhost", false },
		{ "http://127.0.0.1", "http://127.0.0.1:99", true },
		{ "http://127.0.0.1", "http://1.0.0.1", false },
		{ "http://[::1]", "http://[::1]:2", true },
		{ "https://*.example.com", "https://auth.example.com", true },
		{ "https://example.com.", "https://auth.example.com", true },
		{ "com.app://x", "com.app://x", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(arena_printf(a, "%s and %s", rows[i].one, rows[i].two).p,
			site_is_same(a, str_from(rows[i].one), str_from(rows[i].two)),
			rows[i].same);
}

static int set_up(void **state)
{
	arena_set_up(state);
	tenant.seal = seal_new(&secret, 1);
	return 0;
}

static int tear_down(void **state)
{
	seal_free(tenant.seal);
	return arena_tear_down(state);
}

static void a_state_is_two_random_values(void **state)
{
	static const char *const bad[] = { "", "x", "AAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAAAAAAAAAAAAA",
		"AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAA=A",
		"AAAAAAAAAAA AAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA" };
	struct str first = browser_state_next(a, S("nonsense"));
	struct str second = browser_state_next(a, first);
	struct browser_state one, two;

	(void)state;
	row_true("read",
		browser_state_read(a, first, &one) && browser_state_read(a, second, &two));
	row_bytes("the key stays", two.key, one.key);
	row_true("the state does not", memcmp(one.state, two.state, BROWSER_STATE_SIZE) != 0);
	row_true("another browser, another key",
		!str_eq(str_first(browser_state_next(a, S("")), 22), one.key));
	for (size_t i = 0; i < ROWS(bad); i++)
		row_true(bad[i], !browser_state_read(a, str_from(bad[i]), &one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cookie_is_its_digests),
		cmocka_unit_test(a_forged_cookie_is_none),
		cmocka_unit_test(another_tenants_cookie_is_none),
		cmocka_unit_test(an_older_master_key_still_fits),
		cmocka_unit_test(a_state_is_two_random_values),
		cmocka_unit_test(issuers),
		cmocka_unit_test(what_may_be_an_issuer),
		cmocka_unit_test(sites),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
