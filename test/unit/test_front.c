/* SPDX-License-Identifier: Apache-2.0 */
/* The front from outside: where handlers run, how failures are worded, what is cut short. */
#include "front_fixture.h"

static int start(void **state)
{
	static const char *const proxies[] = { "10.0.0.0/8" };

	(void)state;
	front = begin((struct front_config){ .admin_listen = loopback,
		.admin_listen_count = 1,
		.trusted_proxies = proxies,
		.trusted_proxy_count = 1,
		.fault = worded });
	return 0;
}

static int stop(void **state)
{
	(void)state;
	front_stop(front);
	front_stop(NULL);
	return 0;
}

static void answers(void **state)
{
	static const struct {
		const char *row;
		const char *request;
		int status;
		const char *has[3];
		const char *lacks;
	} rows[] = {
		{ "a request is taken apart", "GET /?a=%20&b" TAIL "\r\n", 200,
			{ "method=1 path=/ tail= query=a=%20&b host=a.example:80 "
			  "remote=127.0.0.1 https=0 may_block=0 body= age=0." },
			"Strict-Transport" },
		{ "our own headers", "GET /" TAIL "\r\n", 200,
			{ "X-Content-Type-Options: nosniff\r\n",
				"Referrer-Policy: no-referrer\r\n", "\r\nDate: " },
			NULL },
		{ "a tail", "GET /api/v2/users" TAIL "\r\n", 200, { "tail=v2/users " }, NULL },
		{ "no work", "GET /works/0" TAIL "\r\n", 200, { "worked 0 times" }, NULL },
		{ "work", "GET /works/1" TAIL "\r\n", 200,
			{ "worked 1 times", "X-First: kept\r\n" }, NULL },
		{ "work again", "GET /works/3" TAIL "\r\n", 200, { "worked 3 times" }, NULL },
		{ "a body", "POST /frame" TAIL "Content-Length: 5\r\n\r\nhello", 200,
			{ "body=hello " }, NULL },
		{ "chunks",
			"POST /frame" TAIL
			"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
			200, { "body=hello " }, NULL },
		{ "HEAD", "HEAD /" TAIL "\r\n", 200, { "Content-Length: 1" }, "path=/" },
		{ "HEAD where it is not listed", "HEAD /frame" TAIL "\r\n", 405,
			{ "Allow: GET, POST\r\n" }, NULL },
		{ "on the pool", "POST /pool" TAIL "Content-Length: 2\r\n\r\nhi", 200,
			{ "may_block=1", "body=hi " }, NULL },
		{ "inline, then on the pool", "GET /either" TAIL "\r\n", 200,
			{ "X-Try: pool\r\n", "may_block=1" }, "X-Try: inline" },
		{ "blocking even on the pool is a bug", "GET /never" TAIL "\r\n", 500,
			{ "worded json 500" }, NULL },
		{ "busy", "GET /busy" TAIL "\r\n", 503,
			{ "Retry-After: 1\r\n", "worded json 503" }, "half an answer" },
		{ "broken", "GET /broken" TAIL "\r\n", 500, { "worded frame 500" },
			"half an answer" },
		{ "a handler without an answer", "GET /forgetful" TAIL "\r\n", 500,
			{ "worded page 500" }, NULL },
		{ "no such path", "GET /nothing" TAIL "\r\n", 404, { "worded page 404" },
			NULL },
		{ "no such path, for a program",
			"GET /nothing" TAIL "Accept: application/json\r\n\r\n", 404,
			{ "worded json 404" }, NULL },
		{ "a wrong method", "PUT /frame" TAIL "\r\n", 405,
			{ "Allow: GET, POST\r\n", "worded frame 405" }, NULL },
		{ "a method nobody has", "BREW /frame" TAIL "\r\n", 405,
			{ "Allow: GET, POST\r\n" }, NULL },
		{ "a body above the route's limit",
			"POST /small" TAIL "Content-Length: 11\r\n\r\nhello world", 413,
			{ "worded json 413" }, NULL },
		{ "a body at the route's limit",
			"POST /small" TAIL "Content-Length: 10\r\n\r\nhello worl", 200,
			{ "body=hello worl " }, NULL },
		{ "it need not be sent to be refused",
			"POST /small" TAIL "Content-Length: 11\r\nExpect: 100-continue\r\n\r\n",
			413, { "worded json 413" }, "100 Continue" },
		{ "a long redirect", "GET /redirect" TAIL "\r\n", 302,
			{ "Referrer-Policy: origin\r\n", "Location: https://a.example/?000" },
			"no-referrer" },
		{ "a stranger's X-Forwarded-For",
			"GET /" TAIL "X-Forwarded-For: 192.0.2.1\r\n"
			"X-Forwarded-Proto: https\r\n\r\n",
			200, { "remote=127.0.0.1 https=0" }, NULL },
		{ "metrics are not for everybody", "GET /metrics" TAIL "\r\n", 404, { NULL },
			NULL },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct wire_answer answer;

		ask_port(front_port(front, 0), str_from(rows[i].request), &answer);
		row_int(rows[i].row, wire_status(&answer), rows[i].status);
		row_true(rows[i].row, answer.closed);
		for (size_t k = 0; k < 3 && rows[i].has[k] != NULL; k++) {
			if (strstr(answer.text, rows[i].has[k]) == NULL)
				fail_msg("%s: no %s in\n%s", rows[i].row, rows[i].has[k],
					answer.text);
		}
		if (rows[i].lacks != NULL && strstr(answer.text, rows[i].lacks) != NULL)
			fail_msg("%s: %s in\n%s", rows[i].row, rows[i].lacks, answer.text);
	}
}

static void the_admin_listener_is_another(void **state)
{
	struct wire_answer answer;

	(void)state;
	assert_int_not_equal(front_port(front, 2), front_port(front, 0));
	ask_port(front_port(front, 2), S("GET /metrics" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 200);
	ask_port(front_port(front, 2), S("GET /frame" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 404);
	assert_int_equal(front_port(front, 3), 0);
}

static void ids_are_unlike(void **state)
{
	struct wire_answer answer;
	char last[23] = "";

	(void)state;
	for (int i = 0; i < 600; i++) {
		const char *id;

		ask_port(front_port(front, 0), S("GET /" TAIL "\r\n"), &answer);
		id = strstr(answer.text, "id=");
		assert_non_null(id);
		assert_int_equal(strspn(id + 3, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
						"uvwxyz0123456789-_"),
			22);
		assert_memory_not_equal(last, id + 3, 22);
		memcpy(last, id + 3, 22);
	}
}

static void a_full_queue_says_so_at_once(void **state)
{
	int fds[POOL_THREADS + POOL_QUEUE];
	struct wire_answer answer;

	(void)state;
	atomic_store(&released, false);
	atomic_store(&started, 0);
	for (size_t i = 0; i < POOL_THREADS + POOL_QUEUE; i++) {
		fds[i] = wire_connect(front_port(front, 0));
		assert_true(wire_send(fds[i], S("GET /held" TAIL "\r\n")));
		if (i + 1 == POOL_THREADS)
			assert_true(wait_for(&started, POOL_THREADS));
	}
	assert_true(wait_for_requests(front, POOL_THREADS + POOL_QUEUE));

	ask_port(front_port(front, 0), S("GET /held" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 503);
	assert_non_null(strstr(answer.text, "Retry-After: 1\r\n"));
	assert_true(answer.ms < 1000);
	ask_port(front_port(front, 0), S("GET /" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 200);

	atomic_store(&released, true);
	for (size_t i = 0; i < POOL_THREADS + POOL_QUEUE; i++) {
		wire_read(fds[i], 3000, &answer);
		assert_int_equal(wire_status(&answer), 200);
		(void)close(fds[i]);
	}
}

/* More at once than a turn takes, and every other one is gone before it is answered. */
static void a_crowd_is_answered(void **state)
{
	enum { CROWD = 150 };
	int fds[CROWD];
	struct wire_answer answer;

	(void)state;
	for (size_t i = 0; i < CROWD; i++)
		fds[i] = wire_connect(front_port(front, 0));
	for (size_t i = 0; i < CROWD; i++) {
		struct linger at_once = { .l_onoff = 1 };
		struct str request =
			i % 3 == 2 ? S("GET /either" TAIL "\r\n") : S("GET /?a=b" TAIL "\r\n");

		assert_true(wire_send(fds[i], request));
		if (i % 2 == 1)
			(void)setsockopt(
				fds[i], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		if (i % 2 == 1)
			(void)close(fds[i]);
	}
	for (size_t i = 0; i < CROWD; i += 2) {
		wire_read(fds[i], 5000, &answer);
		/* What the pool has no room for is told so. */
		if (i % 3 != 2 || wire_status(&answer) != 503)
			assert_int_equal(wire_status(&answer), 200);
		(void)close(fds[i]);
	}
	assert_true(wait_for_requests(front, 0));
}

static void a_slow_reader_is_cut(void **state)
{
	int fd = wire_connect(front_port(front, 0));
	struct wire_answer answer;

	(void)state;
	assert_true(wire_send(fd, S("GET /large" TAIL "\r\n")));
	(void)poll(NULL, 0, 1800);
	wire_read(fd, 1000, &answer);
	(void)close(fd);
	assert_true(answer.closed);
	assert_true(answer.n < LARGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(the_admin_listener_is_another),
		cmocka_unit_test(ids_are_unlike),
		cmocka_unit_test(a_full_queue_says_so_at_once),
		cmocka_unit_test(a_crowd_is_answered),
		cmocka_unit_test(a_slow_reader_is_cut),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
