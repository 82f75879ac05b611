/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include "arena_rows.h"

/* The parts in one line; what is absent is not shown. */
static struct str shown(const struct url *u)
{
	struct buf b = buf_new(a, 256);

	buf_addf(&b, STR_FMT, STR_ARG(u->scheme));
	if (u->has_userinfo)
		buf_addf(&b, " user=" STR_FMT, STR_ARG(u->userinfo));
	if (u->has_authority)
		buf_addf(&b, " host=" STR_FMT, STR_ARG(u->host));
	if (u->port.n > 0)
		buf_addf(&b, " port=" STR_FMT, STR_ARG(u->port));
	if (u->path.n > 0)
		buf_addf(&b, " path=" STR_FMT, STR_ARG(u->path));
	if (u->has_query)
		buf_addf(&b, " query=" STR_FMT, STR_ARG(u->query));
	if (u->has_fragment)
		buf_addf(&b, " fragment=" STR_FMT, STR_ARG(u->fragment));
	return buf_str(&b);
}

static void urls_come_apart(void **state)
{
	static const struct {
		const char *url, *parts, *origin;
	} rows[] = {
		{ "https://app.example/cb", "https host=app.example path=/cb",
			"https://app.example" },
		{ "https://app.example", "https host=app.example", "https://app.example" },
		{ "https://app.example?a=b?c", "https host=app.example query=a=b?c",
			"https://app.example" },
		{ "https://app.example#f?g", "https host=app.example fragment=f?g",
			"https://app.example" },
		{ "https://app.example/?#", "https host=app.example path=/ query= fragment=",
			"https://app.example" },
		{ "HTTPS://App.Example:443/P", "HTTPS host=App.Example port=443 path=/P",
			"https://app.example" },
		{ "https://a:0443/", "https host=a port=0443 path=/", "https://a" },
		{ "https://a:80/", "https host=a port=80 path=/", "https://a:80" },
		{ "http://a:80", "http host=a port=80", "http://a" },
		{ "http://a:443", "http host=a port=443", "http://a:443" },
		{ "http://a:/x", "http host=a path=/x", "http://a" },
		{ "http://a:65535", "http host=a port=65535", "http://a:65535" },
		{ "http://127.0.0.1:8080/cb", "http host=127.0.0.1 port=8080 path=/cb",
			"http://127.0.0.1:8080" },
		{ "http://[::1]:8080/cb", "http host=[::1] port=8080 path=/cb",
			"http://[::1]:8080" },
		{ "http://[2001:DB8::1]", "http host=[2001:DB8::1]", "http://[2001:db8::1]" },
		{ "https://u:p@a/x@y", "https user=u:p host=a path=/x@y", "https://a" },
		{ "https://@a/", "https user= host=a path=/", "https://a" },
		{ "https://a/x%20y?z=%E2%82%AC", "https host=a path=/x%20y query=z=%E2%82%AC",
			"https://a" },
		{ "https://a/x?l[]=1", "https host=a path=/x query=l[]=1", "https://a" },
		{ "https://a//b", "https host=a path=//b", "https://a" },
		{ "com.example.app:/cb", "com.example.app path=/cb", "" },
		{ "com.example.app://cb", "com.example.app host=cb", "" },
		{ "myapp:///cb", "myapp host= path=/cb", "" },
		{ "urn:ietf:wg:oauth:2.0:oob", "urn path=ietf:wg:oauth:2.0:oob", "" },
		{ "javascript:alert(1)", "javascript path=alert(1)", "" },
		{ "data:text/html,x", "data path=text/html,x", "" },
		{ "x:", "x", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct url u;

		row_int(rows[i].url, url_parse(str_from(rows[i].url), &u), OK);
		row_str(rows[i].url, shown(&u), rows[i].parts);
		row_str(rows[i].url, url_origin(a, &u), rows[i].origin);
		arena_reset(a);
	}
}

static void what_is_no_url_is_refused(void **state)
{
	static const struct {
		const char *row;
		struct str url;
	} rows[] = {
		{ "nothing", STR_LIT("") },
		{ "absent", { NULL, 0 } },
		{ "no scheme", STR_LIT("app.example/cb") },
		{ "a path", STR_LIT("/cb") },
		{ "a network path", STR_LIT("//app.example/cb") },
		{ "an empty scheme", STR_LIT("://a") },
		{ "a scheme that begins with a digit", STR_LIT("1a://b") },
		{ "a scheme with an underscore", STR_LIT("a_b://c") },
		{ "a blank before", STR_LIT(" https://a") },
		{ "a blank inside", STR_LIT("https://a/b c") },
		{ "a line end behind", STR_LIT("https://a\n") },
		{ "a tab that browsers would drop", STR_LIT("https://a\t.example") },
		{ "a NUL", STR_LIT("https://a\0.example") },
		{ "DEL", STR_LIT("https://a/\x7f") },
		{ "a letter outside ASCII", STR_LIT("https://b\xc3\xbc"
						    "cher.example") },
		{ "a backslash instead of a slash", STR_LIT("https:\\\\a") },
		{ "a backslash before the at sign", STR_LIT("https://evil.example\\@a") },
		{ "a quote", STR_LIT("https://a/\"") },
		{ "a tag", STR_LIT("https://a/<script>") },
		{ "a broken escape", STR_LIT("https://a/%2") },
		{ "an escape that is none", STR_LIT("https://a/%zz") },
		{ "a lone percent sign", STR_LIT("https://a/%") },
		{ "https without a host", STR_LIT("https:///cb") },
		{ "https without slashes, which browsers forgive", STR_LIT("https:a.example") },
		{ "https with one slash", STR_LIT("https:/a.example") },
		{ "user information without a host", STR_LIT("https://u@/") },
		{ "a port without a host", STR_LIT("https://:443/") },
		{ "a port with letters", STR_LIT("https://a:80a") },
		{ "a negative port", STR_LIT("https://a:-1") },
		{ "a port too large", STR_LIT("https://a:65536") },
		{ "two ports", STR_LIT("https://a:1:2") },
		{ "two at signs", STR_LIT("https://a@b@c") },
		{ "an escaped dot in the host", STR_LIT("https://a%2eexample") },
		{ "a host that would end a CSP source", STR_LIT("https://a;script-src") },
		{ "a comma in the host", STR_LIT("https://a,b") },
		{ "a quote in the host", STR_LIT("https://a'b") },
		{ "a star in the host", STR_LIT("https://*.example") },
		{ "an open bracket", STR_LIT("https://[::1") },
		{ "a closing bracket alone", STR_LIT("https://::1]") },
		{ "nothing in the brackets", STR_LIT("https://[]") },
		{ "a name in the brackets", STR_LIT("https://[localhost]") },
		{ "IPv4 in the brackets", STR_LIT("https://[127.0.0.1]") },
		{ "a zone in the brackets", STR_LIT("https://[fe80::1%25eth0]") },
		{ "something behind the brackets", STR_LIT("https://[::1]a") },
		{ "brackets behind the host", STR_LIT("https://a[::1]") },
		{ "brackets in the user information", STR_LIT("https://[::1]@a") },
		{ "two fragments", STR_LIT("https://a#b#c") },
		{ "an address too long for one",
			STR_LIT("https://"
				"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]") },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct url u = { .path = S("untouched") };

		row_int(rows[i].row, url_parse(rows[i].url, &u), ERR_INVALID);
		row_str(rows[i].row, u.path, "untouched");
	}
}

static void loopback_hosts(void **state)
{
	static const struct {
		const char *host;
		bool loopback;
	} rows[] = {
		{ "localhost", true },
		{ "LocalHost", true },
		{ "app.localhost", true },
		{ "a.b.LOCALHOST", true },
		{ "127.0.0.1", true },
		{ "127.255.255.254", true },
		{ "[::1]", true },
		{ "[0:0:0:0:0:0:0:1]", true },
		{ "", false },
		{ ".localhost", false },
		{ "notlocalhost", false },
		{ "localhost.example", false },
		{ "localhost.", false },
		{ "128.0.0.1", false },
		{ "127.0.0.1.example", false },
		{ "127.1", false },
		{ "0177.0.0.1", false },
		{ "2130706433", false },
		{ "0.0.0.0", false },
		{ "::1", false },
		{ "[::2]", false },
		{ "[::]", false },
		{ "[::ffff:127.0.0.1]", false },
		{ "[]", false },
		{ "[", false },
		{ "127.0.0.1:80", false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_true(rows[i].host,
			url_host_is_loopback(str_from(rows[i].host)) == rows[i].loopback);
	row_true("absent", !url_host_is_loopback((struct str){ 0 }));
}

static void encoding_keeps_only_the_unreserved(void **state)
{
	char all[256];
	struct str got;

	(void)state;
	row_str("unreserved", url_encode(a, S("AZaz09-._~")), "AZaz09-._~");
	row_str("blank and plus", url_encode(a, S("a b+c")), "a%20b%2Bc");
	row_str("a query's own", url_encode(a, S("&=#?/%")), "%26%3D%23%3F%2F%25");
	row_str("bytes and NUL", url_encode(a, S("\xc3\xa4\0")), "%C3%A4%00");
	row_str("nothing", url_encode(a, (struct str){ 0 }), "");
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	row_int("every byte comes back",
		url_decode(a, url_encode(a, (struct str){ all, sizeof(all) }), true, &got), OK);
	row_bytes("every byte comes back", got, (struct str){ all, sizeof(all) });
}

static void decoding(void **state)
{
	static const struct {
		const char *row;
		struct str text;
		bool plus;
		struct str want;
		enum err err;
	} rows[] = {
		{ "both cases", STR_LIT("%c3%A4"), false, STR_LIT("\xc3\xa4"), OK },
		{ "plus is a blank in a form", STR_LIT("a+b"), true, STR_LIT("a b"), OK },
		{ "plus is a plus elsewhere", STR_LIT("a+b"), false, STR_LIT("a+b"), OK },
		{ "plus beside an escape", STR_LIT("%41+"), false, STR_LIT("A+"), OK },
		{ "an escaped plus is a plus", STR_LIT("%2B"), true, STR_LIT("+"), OK },
		{ "it is decoded once", STR_LIT("%2541"), false, STR_LIT("%41"), OK },
		{ "NUL is allowed here", STR_LIT("a%00b"), false, STR_LIT("a\0b"), OK },
		{ "nothing", STR_LIT(""), false, STR_LIT(""), OK },
		{ "a lone percent sign", STR_LIT("%"), false, STR_LIT(""), ERR_INVALID },
		{ "one digit", STR_LIT("%4"), false, STR_LIT(""), ERR_INVALID },
		{ "no digit", STR_LIT("%+1"), true, STR_LIT(""), ERR_INVALID },
		{ "a broken second digit", STR_LIT("%4+"), true, STR_LIT(""), ERR_INVALID },
		{ "old script escapes", STR_LIT("%u0041"), false, STR_LIT(""), ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct str got = S("untouched");

		row_int(rows[i].row, url_decode(a, rows[i].text, rows[i].plus, &got),
			rows[i].err);
		row_bytes(rows[i].row, got, rows[i].err ? S("untouched") : rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls_come_apart),
		cmocka_unit_test(what_is_no_url_is_refused),
		cmocka_unit_test(loopback_hosts),
		cmocka_unit_test(encoding_keeps_only_the_unreserved),
		cmocka_unit_test(decoding),
	};

	return cmocka_run_group_tests(tests, arena_set_up, arena_tear_down);
}
