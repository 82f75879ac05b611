/* SPDX-License-Identifier: Apache-2.0 */
/* The guard on heads that a careless parser split; test_bad_http.c is the same with sockets. */
#include "lax_head.h"
#include "rows.h"

enum { URL_MAX = 64, HEADER_MAX = 256 };

static struct guard_verdict check(struct arena *arena, struct str bytes)
{
	static const struct guard_limits limits = { URL_MAX, HEADER_MAX };
	struct lax_head *lax = arena_new_of(arena, struct lax_head);
	char *text = arena_alloc(arena, bytes.n + 1);

	memcpy(text, bytes.p, bytes.n);
	assert_true(lax_parse(arena, text, bytes.n, lax));
	return guard_check(&lax->head, &limits);
}

#define GET  "GET / HTTP/1.1\r\n"
#define HOST "Host: a\r\n"

static void verdicts(void **state)
{
	static const struct {
		const char *row;
		struct str bytes;
		int status;
		const char *why;
	} rows[] = {
		{ "a plain request", STR_LIT(GET HOST "\r\n"), 0, NULL },
		{ "blanks around a value", STR_LIT(GET "Host: \t a \t \r\nX:\r\n\r\n"), 0,
			NULL },
		{ "HTTP/1.0", STR_LIT("GET / HTTP/1.0\r\n" HOST "\r\n"), 0, NULL },
		{ "bytes above 127 in a value", STR_LIT(GET HOST "X: \xc3\xa4\r\n\r\n"), 0,
			NULL },
		{ "a long value with a tab", STR_LIT(GET HOST "X: 123456789\t1\r\n\r\n"), 0,
			NULL },
		{ "an odd method", STR_LIT("M-SEARCH / HTTP/1.1\r\n" HOST "\r\n"), 0, NULL },
		{ "the first and the last byte that a target may have",
			STR_LIT("GET /!~ HTTP/1.1\r\n" HOST "\r\n"), 0, NULL },
		{ "a name as long as Host", STR_LIT(GET HOST "Date: 1/2, 3\r\n\r\n"), 0, NULL },
		{ "no bytes, then some",
			STR_LIT(GET HOST "Content-Length: 0\r\nContent-Length: 5\r\n\r\n"), 400,
			"two Content-Length headers" },
		{ "chunks, and no bytes",
			STR_LIT(GET HOST
				"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"),
			400, "Content-Length beside Transfer-Encoding" },
		{ "a later version", STR_LIT("GET / HTTP/1.2\r\n" HOST "\r\n"), 505,
			"unknown version" },
		{ "a target without a slash", STR_LIT("GET a HTTP/1.1\r\n" HOST "\r\n"), 400,
			"malformed request line" },
		{ "DEL in a long target", STR_LIT("GET /1234567\x7f HTTP/1.1\r\n" HOST "\r\n"),
			400, "malformed request line" },
		{ "a tab in a long target", STR_LIT("GET /123456\t8 HTTP/1.1\r\n" HOST "\r\n"),
			400, "malformed request line" },
		{ "a high byte in a long target",
			STR_LIT("GET /12\xff"
				"45678 HTTP/1.1\r\n" HOST "\r\n"),
			400, "malformed request line" },
		{ "a fragment", STR_LIT("GET /#1 HTTP/1.1\r\n" HOST "\r\n"), 400,
			"malformed request line" },
		{ "a NUL in the method", STR_LIT("GE\0T / HTTP/1.1\r\n" HOST "\r\n"), 400,
			"bytes between the headers" },
		{ "a NUL in the target", STR_LIT("GET /\0a HTTP/1.1\r\n" HOST "\r\n"), 400,
			"bytes between the headers" },
		{ "a NUL behind the version", STR_LIT("GET / HTTP/1.1\0 \r\n" HOST "\r\n"), 400,
			"bytes between the headers" },
		{ "a NUL in a value", STR_LIT(GET HOST "X: 1\0\r\n\r\n"), 400,
			"bytes between the headers" },
		{ "a NUL in the Host", STR_LIT(GET "Host: a\0b\r\nX: 1\r\n\r\n"), 400,
			"bytes between the headers" },
		{ "a folded value", STR_LIT(GET "Host: a\r\n b\r\n\r\n"), 400,
			"bytes between the headers" },
		{ "a line without a name", STR_LIT(GET ": x\r\n" HOST "\r\n"), 400,
			"bytes between the headers" },
		{ "a line without a name at the end", STR_LIT(GET HOST ": x\r\n\r\n"), 400,
			"bytes between the headers" },
		{ "a bare line feed", STR_LIT(GET "Host: a\nX: 1\r\n\r\n"), 400,
			"bytes between the headers" },
		{ "a bare line feed behind the request line",
			STR_LIT("GET / HTTP/1.1\n" HOST "\r\n"), 400,
			"bytes between the headers" },
		{ "a bare line feed at the end", STR_LIT(GET HOST "\n"), 400,
			"bytes between the headers" },
		{ "a blank in a name", STR_LIT(GET HOST "X Y: 1\r\n\r\n"), 400,
			"malformed header name" },
		{ "a blank behind a name", STR_LIT(GET HOST "X : 1\r\n\r\n"), 400,
			"malformed header name" },
		{ "a control byte in a value", STR_LIT(GET HOST "X: \x1f\r\n\r\n"), 400,
			"control byte in a header" },
		{ "DEL in a long value", STR_LIT(GET HOST "X: 1234567\x7f\r\n\r\n"), 400,
			"control byte in a header" },
		{ "a control byte in a long value",
			STR_LIT(GET HOST "X: 12345\x01"
					 "78\r\n\r\n"),
			400, "control byte in a header" },
		{ "no Host", STR_LIT(GET "X: 1\r\n\r\n"), 400, "no Host header" },
		{ "no header at all", STR_LIT(GET "\r\n"), 400, "no Host header" },
		{ "two Hosts", STR_LIT(GET HOST "hOST: b\r\n\r\n"), 400, "two Host headers" },
		{ "a Host that is none", STR_LIT(GET "Host: a/b\r\n\r\n"), 400,
			"malformed Host" },
		{ "two lengths",
			STR_LIT(GET HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"), 400,
			"two Content-Length headers" },
		{ "a signed length", STR_LIT(GET HOST "Content-Length: +1\r\n\r\n"), 400,
			"Content-Length is not a number" },
		{ "chunked, in capitals",
			STR_LIT(GET HOST "Transfer-Encoding: CHUNKED\r\n\r\n"), 0, NULL },
		{ "another coding", STR_LIT(GET HOST "Transfer-Encoding: gzip\r\n\r\n"), 400,
			"Transfer-Encoding is not chunked" },
		{ "two codings",
			STR_LIT(GET HOST "Transfer-Encoding: chunked\r\n"
					 "Transfer-Encoding: chunked\r\n\r\n"),
			400, "two Transfer-Encoding headers" },
		{ "both",
			STR_LIT(GET HOST
				"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"),
			400, "Content-Length beside Transfer-Encoding" },
		{ "chunks in HTTP/1.0",
			STR_LIT("GET / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
			400, "Transfer-Encoding in HTTP/1.0" },
	};
	struct arena *arena = arena_new(4096);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct guard_verdict v = check(arena, rows[i].bytes);

		row_int(rows[i].row, v.status, rows[i].status);
		if (rows[i].why != NULL || rows[i].status == 0)
			row_str(rows[i].row, str_from(v.why), rows[i].why);
		arena_reset(arena);
	}
	arena_free(arena);
}

static void what_it_reports(void **state)
{
	struct arena *arena = arena_new(4096);
	struct guard_verdict v;

	(void)state;
	v = check(arena, S(GET "Host:  A.b:80 \r\nContent-Length: 12 \r\n\r\n"));
	row_int("believed", v.status, 0);
	row_str("the host without its blanks", v.host, "A.b:80");
	row_int("the length", v.length, 12);
	row_true("no chunks", !v.chunked);

	v = check(arena, S(GET HOST "Transfer-Encoding: chunked\r\n\r\n"));
	row_int("no length", v.length, -1);
	row_true("chunks", v.chunked);
	arena_free(arena);
}

static void limits(void **state)
{
	struct arena *arena = arena_new(4096);
	char text[1024];

	(void)state;
	for (int n = URL_MAX - 2; n <= URL_MAX + 2; n++) {
		(void)snprintf(
			text, sizeof(text), "GET /%0*d HTTP/1.1\r\n" HOST "\r\n", n - 1, 0);
		row_int("the URL", check(arena, str_from(text)).status, n > URL_MAX ? 414 : 0);
	}
	for (int n = HEADER_MAX - 2; n <= HEADER_MAX + 2; n++) {
		(void)snprintf(text, sizeof(text), GET "Host: a\r\nX: %0*d\r\n\r\n", n - 14, 0);
		row_int("the header lines", check(arena, str_from(text)).status,
			n > HEADER_MAX ? 431 : 0);
	}
	arena_free(arena);
}

static void hosts(void **state)
{
	static const struct {
		const char *host;
		bool ok;
	} rows[] = {
		{ "a", true },
		{ "[::]", true },
		{ "[::aA:fF]", true },
		{ "a.example", true },
		{ "A-b_c.example:8443", true },
		{ "127.0.0.1", true },
		{ "127.0.0.1:80", true },
		{ "[::1]", true },
		{ "[::1]:80", true },
		{ "[2001:db8::192.0.2.1]", true },
		{ "a:0", true },
		{ "a:65535", true },
		{ "", false },
		{ ":80", false },
		{ "a:", false },
		{ "a:65536", false },
		{ "a:80:80", false },
		{ "a:x", false },
		{ "::1", false },
		{ "[::1", false },
		{ "::1]", false },
		{ "[]", false },
		{ "[::1]x", false },
		{ "[g::1]", false },
		{ "[::1]:", false },
		{ "a/b", false },
		{ "a@b", false },
		{ "a b", false },
		{ "a,b", false },
		{ "a\\b", false },
		{ "a%41", false },
		{ "a?b", false },
		{ "a#b", false },
		{ "\xc3\xa4.example", false },
		{ "a:+80", false },
		{ "a:99999999999999999999", false },
	};
	char longest[257];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].host, guard_host_ok(str_from(rows[i].host)), rows[i].ok);
	memset(longest, 'a', sizeof(longest));
	row_true("255 bytes", guard_host_ok((struct str){ longest, 255 }));
	row_true("256 bytes", !guard_host_ok((struct str){ longest, 256 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(what_it_reports),
		cmocka_unit_test(limits),
		cmocka_unit_test(hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
