/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client must not be able to do to the listener, over real sockets: each row is sent
 * whole, then in two pieces, then byte by byte. What comes behind a refused request on the
 * same connection must never reach a handler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "smuggling.h"
#include "wire.h"

#define HOST          "Host: a.example\r\n"
#define END           "\r\n"
#define SMUGGLED      "GET /smuggled HTTP/1.1\r\n" HOST END
#define GET(headers)  "GET / HTTP/1.1\r\n" headers END SMUGGLED
#define POST(headers) "POST / HTTP/1.1\r\n" headers END
#define CHUNKED       HOST "Transfer-Encoding: chunked\r\n"

/* The status that refuses; CLOSED: the connection ends without a word. */
enum { CLOSED = 0 };

struct row {
	const char *row;
	struct str bytes;
	int status;
};

static void send_in_pieces(int fd, struct str bytes, size_t piece)
{
	while (bytes.n > 0 && wire_send(fd, str_first(bytes, piece))) {
		bytes = str_after(bytes, piece);
		if (bytes.n > 0)
			(void)poll(NULL, 0, piece == 1 ? 0 : 2);
	}
}

static void check_row(const struct row *row, size_t piece)
{
	struct wire_answer answer;
	int fd = wire_connect(front_port(front, 0));

	send_in_pieces(fd, row->bytes, piece);
	wire_read(fd, 3000, &answer);
	(void)close(fd);
	if (wire_status(&answer) != row->status || !answer.closed)
		fail_msg("%s (pieces of %zu): %d, closed %d\n%s", row->row, piece,
			wire_status(&answer), answer.closed, answer.text);
	if (atomic_load(&smuggled) != 0)
		fail_msg("%s (pieces of %zu): a request was smuggled", row->row, piece);
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_row(&rows[i], rows[i].bytes.n);
		check_row(&rows[i], rows[i].bytes.n / 2 + 1);
		check_row(&rows[i], 1);
	}
}
#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void where_a_request_ends(void **state)
{
	static const struct row rows[] = {
		{ "two different lengths",
			STR_LIT(POST(HOST
				"Content-Length: 5\r\nContent-Length: 6\r\n") "hello" SMUGGLED),
			400 },
		{ "the same length twice",
			STR_LIT(POST(HOST
				"Content-Length: 5\r\nContent-Length: 5\r\n") "hello" SMUGGLED),
			400 },
		{ "length and chunks",
			STR_LIT(POST(HOST "Content-Length: 5\r\nTransfer-Encoding: "
					  "chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunks and length",
			STR_LIT(POST(CHUNKED "Content-Length: 5\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "a blank before the colon",
			STR_LIT(POST(
				HOST "Transfer-Encoding : chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "a tab before the colon",
			STR_LIT(POST(
				HOST "Transfer-Encoding\t: chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "a length with a blank before the colon",
			STR_LIT(POST(HOST "Content-Length : 5\r\n") "hello" SMUGGLED), 400 },
		{ "gzip, chunked",
			STR_LIT(POST(HOST
				"Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunked, identity",
			STR_LIT(POST(
				HOST "Transfer-Encoding: chunked, identity\r\n") "0\r\n\r"
										 "\n" SMUGGLED),
			400 },
		{ "identity", STR_LIT(POST(HOST "Transfer-Encoding: identity\r\n") SMUGGLED),
			400 },
		{ "xchunked", STR_LIT(POST(HOST "Transfer-Encoding: xchunked\r\n") SMUGGLED),
			400 },
		{ "chunked twice",
			STR_LIT(POST(
				CHUNKED "Transfer-Encoding: chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunked, then identity",
			STR_LIT(POST(CHUNKED
				"Transfer-Encoding: identity\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "an empty coding", STR_LIT(POST(HOST "Transfer-Encoding:\r\n") SMUGGLED),
			400 },
		{ "a vertical tab before chunked",
			STR_LIT(POST(HOST "Transfer-Encoding: \x0b"
					  "chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunked in quotes",
			STR_LIT(POST(HOST
				"Transfer-Encoding: \"chunked\"\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunked on the next line",
			STR_LIT(POST(HOST
				"Transfer-Encoding:\r\n chunked\r\n") "0\r\n\r\n" SMUGGLED),
			400 },
		{ "chunks in HTTP/1.0",
			STR_LIT("POST / HTTP/1.0\r\n" CHUNKED "Connection: keep-alive\r\n\r\n"
				"0\r\n\r\n" SMUGGLED),
			400 },
		{ "length +5", STR_LIT(POST(HOST "Content-Length: +5\r\n") "hello" SMUGGLED),
			400 },
		{ "length -5", STR_LIT(POST(HOST "Content-Length: -5\r\n") "hello" SMUGGLED),
			400 },
		{ "length 0x5", STR_LIT(POST(HOST "Content-Length: 0x5\r\n") "hello" SMUGGLED),
			400 },
		{ "length 5 5", STR_LIT(POST(HOST "Content-Length: 5 5\r\n") "hello" SMUGGLED),
			400 },
		{ "length 5, 5",
			STR_LIT(POST(HOST "Content-Length: 5, 5\r\n") "hello" SMUGGLED), 400 },
		{ "length 5.0", STR_LIT(POST(HOST "Content-Length: 5.0\r\n") "hello" SMUGGLED),
			400 },
		{ "an empty length", STR_LIT(POST(HOST "Content-Length:\r\n") SMUGGLED), 400 },
		{ "length 2^64 + 5",
			STR_LIT(POST(HOST
				"Content-Length: 18446744073709551621\r\n") "hello" SMUGGLED),
			413 },
		{ "length 2^63",
			STR_LIT(POST(HOST
				"Content-Length: 9223372036854775808\r\n") "hello" SMUGGLED),
			400 },
		{ "length 2^62",
			STR_LIT(POST(HOST
				"Content-Length: 4611686018427387904\r\n") "hello" SMUGGLED),
			413 },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void chunks(void **state)
{
	static const struct row rows[] = {
		{ "size 0x5", STR_LIT(POST(CHUNKED) "0x5\r\nhello\r\n0\r\n\r\n" SMUGGLED),
			400 },
		{ "size -5", STR_LIT(POST(CHUNKED) "-5\r\nhello\r\n0\r\n\r\n" SMUGGLED), 400 },
		{ "size with a blank",
			STR_LIT(POST(CHUNKED) "5 \r\nhello\r\n0\r\n\r\n" SMUGGLED), 400 },
		{ "size 2^68",
			STR_LIT(POST(
				CHUNKED) "100000000000000000\r\nhello\r\n0\r\n\r\n" SMUGGLED),
			413 },
		{ "more than the size says",
			STR_LIT(POST(CHUNKED) "5\r\nhelloXX\r\n0\r\n\r\n" SMUGGLED), 400 },
		{ "not a number", STR_LIT(POST(CHUNKED) "hello\r\n0\r\n\r\n" SMUGGLED), 400 },
		{ "nothing is read behind the last chunk",
			STR_LIT(POST(CHUNKED) "5\r\nhello\r\n0\r\n\r\n" SMUGGLED), 200 },
		{ "an extension", STR_LIT(POST(CHUNKED) "5;a=b\r\nhello\r\n0\r\n\r\n" SMUGGLED),
			200 },
		{ "bare line feeds", STR_LIT(POST(CHUNKED) "5\nhello\n0\n\n" SMUGGLED), 200 },
		{ "a trailer that means another body",
			STR_LIT(POST(
				CHUNKED) "0\r\nContent-Length: 30\r\nHost: b\r\n\r\n" SMUGGLED),
			200 },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void whom_it_is_for(void **state)
{
	static const struct row rows[] = {
		{ "no Host", STR_LIT(GET("")), 400 },
		{ "no Host in HTTP/1.0", STR_LIT("GET / HTTP/1.0\r\n\r\n" SMUGGLED), 400 },
		{ "two Hosts", STR_LIT(GET(HOST "Host: b.example\r\n")), 400 },
		{ "the same Host twice", STR_LIT(GET(HOST HOST)), 400 },
		{ "an empty Host", STR_LIT(GET("Host:\r\n")), 400 },
		{ "a Host with a user", STR_LIT(GET("Host: user@a.example\r\n")), 400 },
		{ "a Host with a path", STR_LIT(GET("Host: a.example/b\r\n")), 400 },
		{ "two names in a Host", STR_LIT(GET("Host: a.example, b.example\r\n")), 400 },
		{ "a blank in the Host", STR_LIT(GET("Host: a.example b\r\n")), 400 },
		{ "a port that is none", STR_LIT(GET("Host: a.example:80x\r\n")), 400 },
		{ "a port above 65535", STR_LIT(GET("Host: a.example:65536\r\n")), 400 },
		{ "a bracket that stays open", STR_LIT(GET("Host: [::1\r\n")), 400 },
		{ "the whole URL as target",
			STR_LIT("GET http://b.example/ HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void header_lines(void **state)
{
	static const struct row rows[] = {
		{ "a blank in a name", STR_LIT(GET(HOST "X Y: 1\r\n")), 400 },
		{ "a blank before the first name", STR_LIT(GET(" X: 1\r\n" HOST)), 400 },
		{ "no name", STR_LIT(GET(HOST ": 1\r\n")), 400 },
		{ "no name, before others", STR_LIT(GET(": 1\r\n" HOST)), 400 },
		{ "no colon", STR_LIT(GET(HOST "X\r\n")), 400 },
		{ "a control byte in a name", STR_LIT(GET(HOST "X\x01: 1\r\n")), 400 },
		{ "a byte above 127 in a name", STR_LIT(GET(HOST "X\xc3\xa4: 1\r\n")), 400 },
		{ "a bracket in a name", STR_LIT(GET(HOST "X(: 1\r\n")), 400 },
		{ "a NUL in a name", STR_LIT(GET(HOST "X\0Y: 1\r\n")), 400 },
		{ "a NUL in a value", STR_LIT(GET(HOST "X: 1\0002\r\n")), 400 },
		{ "a NUL in the first value",
			STR_LIT(GET("Host: a.example\0.b\r\n"
				    "X: 1\r\n")),
			400 },
		{ "a NUL at the end of the last value", STR_LIT(GET(HOST "X: 1\0\r\n")), 400 },
		{ "a control byte in a value", STR_LIT(GET(HOST "X: \x01\r\n")), 400 },
		{ "DEL in a value", STR_LIT(GET(HOST "X: \x7f\r\n")), 400 },
		{ "a bare CR in a value", STR_LIT(GET(HOST "X: 1\rHost: b\r\n")), 400 },
		{ "a folded line", STR_LIT(GET(HOST "X: 1\r\n 2\r\n")), 400 },
		{ "a line folded with a tab", STR_LIT(GET(HOST "X: 1\r\n\t2\r\n")), 400 },
		{ "a folded Host", STR_LIT(GET("Host:\r\n a.example\r\n")), 400 },
		{ "bare line feeds", STR_LIT("GET / HTTP/1.1\nHost: a.example\n\n" SMUGGLED),
			400 },
		{ "one bare line feed", STR_LIT(GET(HOST "X: 1\nY: 2\r\n")), 400 },
		{ "a bare line feed ends the head",
			STR_LIT("GET / HTTP/1.1\r\n" HOST "\n" SMUGGLED), 400 },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void request_lines(void **state)
{
	static const struct row rows[] = {
		{ "two blanks", STR_LIT("GET  /  HTTP/1.1\r\n" HOST END SMUGGLED), CLOSED },
		{ "tabs", STR_LIT("GET\t/\tHTTP/1.1\r\n" HOST END SMUGGLED), CLOSED },
		{ "a blank in the target", STR_LIT("GET /a b HTTP/1.1\r\n" HOST END SMUGGLED),
			CLOSED },
		{ "a control byte in the target",
			STR_LIT("GET /\x01 HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
		{ "a NUL in the target", STR_LIT("GET /\0b HTTP/1.1\r\n" HOST END SMUGGLED),
			400 },
		{ "a byte above 127 in the target",
			STR_LIT("GET /\xc3\xa4 HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
		{ "a fragment", STR_LIT("GET /#a HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
		{ "a NUL in the method", STR_LIT("GE\0T / HTTP/1.1\r\n" HOST END SMUGGLED),
			400 },
		{ "a bracket in the method", STR_LIT("G(T / HTTP/1.1\r\n" HOST END SMUGGLED),
			400 },
		{ "no slash", STR_LIT("GET smuggled HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
		{ "a star", STR_LIT("OPTIONS * HTTP/1.1\r\n" HOST END SMUGGLED), 400 },
		{ "CONNECT", STR_LIT("CONNECT a.example:443 HTTP/1.1\r\n" HOST END SMUGGLED),
			400 },
		{ "HTTP/0.9", STR_LIT("GET /\r\n\r\n" SMUGGLED), 400 },
		{ "HTTP/1.2", STR_LIT("GET / HTTP/1.2\r\n" HOST END SMUGGLED), 505 },
		{ "HTTP/2 by prior knowledge",
			STR_LIT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" SMUGGLED), 505 },
		{ "HTTP/1.1x", STR_LIT("GET / HTTP/1.1x\r\n" HOST END SMUGGLED), 400 },
		{ "http/1.1 in small letters", STR_LIT("GET / http/1.1\r\n" HOST END SMUGGLED),
			400 },
	};

	(void)state;
	CHECK_ROWS(rows);
}

static void repeat(char *to, size_t *at, const char *text, size_t times)
{
	size_t n = strlen(text);

	for (size_t i = 0; i < times; i++) {
		memcpy(to + *at, text, n);
		*at += n;
	}
}

static void check_long(const char *row, const char *before, const char *text, size_t times,
	const char *after, int status)
{
	static char bytes[2 << 20];
	size_t n = 0;
	struct row made = { .row = row, .status = status };

	repeat(bytes, &n, before, 1);
	repeat(bytes, &n, text, times);
	repeat(bytes, &n, after, 1);
	made.bytes = (struct str){ bytes, n };
	check_row(&made, n);
	check_row(&made, 1500);
}

static void too_much(void **state)
{
	const char *tail = " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	const char *close = "\r\nConnection: close\r\n\r\n";

	(void)state;
	check_long("a URL of 16 kB", "GET /?", "x", 16384 - 2, tail, 200);
	check_long("one byte more", "GET /?", "x", 16384 - 1, tail, 414);
	check_long("a URL of 64 kB", "GET /?", "x", 65536, tail, 414);
	check_long("a URL of 64 kB with many parameters", "GET /?", "a=&", 21845, tail, 414);
	check_long("header lines of 15 kB", "GET / HTTP/1.1\r\n" HOST "X: ", "y", 15000, close,
		200);
	check_long("a cookie of 15 kB", "GET / HTTP/1.1\r\n" HOST "Cookie: a=", "y", 15000,
		close, 200);
	check_long("header lines of 17 kB", "GET / HTTP/1.1\r\n" HOST "X: ", "y", 17000, close,
		431);
	check_long(
		"a header of 64 kB", "GET / HTTP/1.1\r\n" HOST "X: ", "y", 65536, close, 431);
	check_long("120 headers", "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", 120,
		"Connection: close\r\n\r\n", 200);
	check_long("130 headers", "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", 130,
		"Connection: close\r\n\r\n", 431);
	check_long("5000 headers", "GET / HTTP/1.1\r\n" HOST, "X: y\r\n", 5000, END, 431);
	check_long("a body of 64 kB",
		"POST / HTTP/1.1\r\n" HOST "Connection: close\r\nContent-Length: 65536\r\n\r\n",
		"x", 65536, "", 200);
	check_long("one byte more",
		"POST / HTTP/1.1\r\n" HOST "Connection: close\r\nContent-Length: 65537\r\n\r\n",
		"x", 65537, "", 413);
}

static void too_many_chunks(void **state)
{
	static char chunk[1024 + 8];

	(void)state;
	memset(chunk, 'x', sizeof(chunk));
	memcpy(chunk, "400\r\n", 5);
	memcpy(chunk + 5 + 1024, "\r\n", 3);
	check_long("chunks of 64 kB", "POST / HTTP/1.1\r\n" CHUNKED "\r\n", chunk, 64,
		"0\r\n\r\n", 200);
	check_long("chunks of 65 kB", "POST / HTTP/1.1\r\n" CHUNKED "\r\n", chunk, 65,
		"0\r\n\r\n", 413);
	check_long("chunks without an end", "POST / HTTP/1.1\r\n" CHUNKED "\r\n", chunk, 1200,
		"", CLOSED);
}

/* What is good stays good, on one connection, however it arrives. */
static void good_requests_are_answered(void **state)
{
	static const struct str good = STR_LIT(
		"GET /?a=1&b=%20&c HTTP/1.1\r\nHost:a.example\r\nX:  y \t \r\nEmpty:\r\n"
		"Cookie: a=1; b=\"2\"\r\nUser-Agent: \xc3\xa4\r\n\r\n"
		"POST / HTTP/1.1\r\nHost: [::1]:80\r\ncontent-length: 5\r\n\r\nhello"
		"POST /pool HTTP/1.1\r\nHost: A.example:8080\r\nContent-Length: 0\r\n\r\n"
		"\r\nGET /pool HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
		"GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
		"GET / HTTP/1.1\r\nConnection: close\r\nHost: a_b-c.example\r\n\r\n");
	static const size_t pieces[] = { 1, 7, 64, 4096 };

	(void)state;
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct wire_answer answer;
		int fd = wire_connect(front_port(front, 0));
		int before = atomic_load(&served);

		send_in_pieces(fd, good, pieces[i]);
		wire_read(fd, 3000, &answer);
		(void)close(fd);
		if (atomic_load(&served) - before != 6 || !answer.closed)
			fail_msg("pieces of %zu: %d served, closed %d\n%s", pieces[i],
				atomic_load(&served) - before, answer.closed, answer.text);
	}
}

/* Sends `text` a byte at a time, every `every_ms`, until the connection ends. */
static int64_t drip(const char *before, const char *text, int every_ms)
{
	int fd = wire_connect(front_port(front, 0));
	int64_t from = clock_mono_us();
	struct pollfd in = { .fd = fd, .events = POLLIN };
	char byte;

	assert_true(wire_send(fd, str_from(before)));
	for (size_t i = 0; clock_mono_us() - from < 5000000; i++) {
		if (text[0] != '\0' &&
			!wire_send(fd, (struct str){ text + i % strlen(text), 1 }))
			break;
		if (poll(&in, 1, every_ms) > 0 && recv(fd, &byte, 1, 0) <= 0)
			break;
	}
	(void)close(fd);
	return (clock_mono_us() - from) / 1000;
}

static void time_is_limited(void **state)
{
	static const struct {
		const char *row;
		const char *before;
		const char *text;
		int64_t most; /* milliseconds */
	} rows[] = {
		{ "a connection without a byte", "", "", 1600 },
		{ "half a head", "GET / HTTP/1.1\r\nHost: a\r\nX", "", 1600 },
		{ "a head that drips", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "y", 1600 },
		{ "a request line that drips", "GET /", "y", 1600 },
		{ "a body that drips",
			"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", "y",
			1600 },
		{ "chunks that drip",
			"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
			"1\r\nx\r\n", 1600 },
		{ "TLS where there is none", "\x16\x03\x01\x02", "\x01", 1600 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = drip(rows[i].before, rows[i].text, 50);

		if (ms < 900 || ms > rows[i].most)
			fail_msg("%s: %d ms", rows[i].row, (int)ms);
	}
}

static void an_idle_connection_is_closed(void **state)
{
	struct wire_answer answer;
	int fd = wire_connect(front_port(front, 0));

	(void)state;
	assert_true(wire_send(fd, S("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
	wire_read(fd, 4000, &answer);
	(void)close(fd);
	assert_int_equal(wire_status(&answer), 200);
	assert_true(answer.closed);
	assert_in_range(answer.ms, 1900, 2700);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_a_request_ends),
		cmocka_unit_test(chunks),
		cmocka_unit_test(whom_it_is_for),
		cmocka_unit_test(header_lines),
		cmocka_unit_test(request_lines),
		cmocka_unit_test(too_much),
		cmocka_unit_test(too_many_chunks),
		cmocka_unit_test(good_requests_are_answered),
		cmocka_unit_test(time_is_limited),
		cmocka_unit_test(an_idle_connection_is_closed),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
