/* SPDX-License-Identifier: Apache-2.0 */
/* The front from outside: where handlers run, how failures are worded, how it stops. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>

#include "front/front.h"

#include "rows.h"
#include "wire.h"

enum { POOL_THREADS = 2, POOL_QUEUE = 3, LARGE = 32 << 20 };

static struct front *front;
static atomic_int started;
static atomic_bool released;

static enum err echo(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	response_text(rs, 200,
		arena_printf(rq->arena,
			"id=%s method=%d path=" STR_FMT " tail=" STR_FMT " query=" STR_FMT
			" host=" STR_FMT " remote=" STR_FMT
			" https=%d may_block=%d body=" STR_FMT " age=%d.",
			rq->id.p, rq->method, STR_ARG(rq->path), STR_ARG(rq->tail),
			STR_ARG(rq->query), STR_ARG(rq->host), STR_ARG(rq->remote), rq->https,
			rq->may_block, STR_ARG(rq->body), (int)(clock_now() - rq->now)));
	return OK;
}

static enum err first_inline(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	response_header(rs, "X-Try", rq->may_block ? S("pool") : S("inline"));
	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	return echo(provider, rq, rs);
}

static enum err always_would_block(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	(void)rs;
	return ERR_WOULD_BLOCK;
}

static enum err held(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	atomic_fetch_add(&started, 1);
	for (int i = 0; i < 1000 && !atomic_load(&released); i++)
		(void)poll(NULL, 0, 5);
	return echo(provider, rq, rs);
}

static enum err busy(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	response_text(rs, 200, S("half an answer"));
	return ERR_BUSY;
}

static enum err broken(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	response_text(rs, 200, S("half an answer"));
	return ERR_STORE;
}

static enum err forgetful(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	(void)rs;
	return OK;
}

static enum err redirect(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	response_header(rs, "Referrer-Policy", S("origin"));
	response_redirect(rs, 302, arena_printf(rq->arena, "https://a.example/?%0*d", 9000, 0));
	return OK;
}

static enum err fill(const struct http_request *rq, struct http_response *rs, size_t n)
{
	char *body = arena_alloc(rq->arena, n);

	memset(body, 'x', n);
	response_text(rs, 200, (struct str){ body, n });
	return OK;
}

static enum err large(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	return fill(rq, rs, LARGE);
}

static enum err middling(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	return fill(rq, rs, 300000);
}

static enum err dawdle(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)poll(NULL, 0, 2);
	return echo(provider, rq, rs);
}

/* What the provider would say: names the form, so that a test can see it. */
static void worded(struct provider *provider, const struct http_request *rq,
	struct http_response *rs, enum route_form form, int status)
{
	static const char *const forms[] = { "page", "json", "frame" };

	(void)provider;
	response_text(rs, status, arena_printf(rq->arena, "worded %s %d", forms[form], status));
}

static const struct route routes[] = {
	{ "/", HTTP_GET | HTTP_HEAD, echo, INLINE, FORM_PAGE, "root", 0 },
	{ "/frame", HTTP_GET | HTTP_POST, echo, INLINE, FORM_FRAME, "frame", 0 },
	{ "/small", HTTP_POST, echo, INLINE, FORM_JSON, "small", 10 },
	{ "/pool", HTTP_GET | HTTP_POST, echo, POOL, FORM_PAGE, "pool", 0 },
	{ "/either", HTTP_GET, first_inline, INLINE, FORM_PAGE, "either", 0 },
	{ "/never", HTTP_GET, always_would_block, INLINE, FORM_JSON, "never", 0 },
	{ "/held", HTTP_GET, held, POOL, FORM_JSON, "held", 0 },
	{ "/dawdle", HTTP_GET, dawdle, POOL, FORM_JSON, "dawdle", 0 },
	{ "/busy", HTTP_GET, busy, INLINE, FORM_JSON, "busy", 0 },
	{ "/broken", HTTP_GET, broken, POOL, FORM_FRAME, "broken", 0 },
	{ "/forgetful", HTTP_GET, forgetful, INLINE, FORM_PAGE, "forgetful", 0 },
	{ "/redirect", HTTP_GET, redirect, INLINE, FORM_PAGE, "redirect", 0 },
	{ "/large", HTTP_GET, large, INLINE, FORM_PAGE, "large", 0 },
	{ "/middling", HTTP_GET, middling, INLINE, FORM_PAGE, "middling", 0 },
	{ "/api/*", HTTP_GET, echo, INLINE, FORM_JSON, "api", 0 },
};
static const struct route admin_routes[] = {
	{ "/metrics", HTTP_GET, echo, INLINE, FORM_PAGE, "metrics", 0 },
};
static const char *const loopback[] = { "127.0.0.1:0", "[::1]:0" };

static struct front *begin(struct front_config config)
{
	struct front *made = NULL;

	config.threads = 2;
	config.pool_threads = POOL_THREADS;
	config.pool_queue = POOL_QUEUE;
	config.request_seconds = 2;
	config.send_seconds = 1;
	config.stop_seconds = 3;
	if (config.inherited_count == 0) {
		config.listen = loopback;
		config.listen_count = 2;
	}
	assert_int_equal(front_start(&config, routes, ROWS(routes), admin_routes,
				 ROWS(admin_routes), NULL, &made),
		OK);
	return made;
}

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

static void ask_port(unsigned port, struct str request, struct wire_answer *answer)
{
	int fd = wire_connect(port);

	assert_true(wire_send(fd, request));
	wire_read(fd, 3000, answer);
	(void)close(fd);
}

#define TAIL " HTTP/1.1\r\nHost: A.example:80\r\nConnection: close\r\n"

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

static bool wait_for(atomic_int *number, int least)
{
	for (int i = 0; i < 600 && atomic_load(number) < least; i++)
		(void)poll(NULL, 0, 5);
	return atomic_load(number) >= least;
}

static bool wait_for_requests(struct front *of, unsigned want)
{
	for (int i = 0; i < 2000 && front_requests(of) != want; i++)
		(void)poll(NULL, 0, 5);
	return front_requests(of) == want;
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

static void *reset_again_and_again(void *context)
{
	static const struct str requests[] = {
		STR_LIT("GET /dawdle HTTP/1.1\r\nHost: a\r\n\r\n"),
		STR_LIT("GET /dawdle HTTP/1.1\r\nHost: a\r\n\r\nGET /dawdle HTTP/1.1\r\nHost: "
			"a\r\n\r\n"),
		STR_LIT("POST /pool HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"),
		STR_LIT("GET /either HTTP/1.1\r\nHost: a\r\n\r\n"),
		STR_LIT("GET /middling HTTP/1.1\r\nHost: a\r\n\r\n"),
	};
	const struct linger at_once = { .l_onoff = 1 };
	int64_t until = clock_mono_us() + 2000000;
	uintptr_t n = 0;

	for (; clock_mono_us() < until; n++) {
		int fd = wire_connect(front_port(front, 0));

		(void)wire_send(fd, requests[n % ROWS(requests)]);
		if (n % 3 == 0)
			(void)poll(NULL, 0, 1);
		if (n % 2 == 0)
			(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		(void)close(fd);
		while (front_connections(front) > 200)
			(void)poll(NULL, 0, 1);
	}
	*(uintptr_t *)context = n;
	return NULL;
}

/* While requests wait for the pool, their clients go away. */
static void resets_do_no_harm(void **state)
{
	pthread_t threads[4];
	uintptr_t counts[4];
	struct wire_answer answer;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, reset_again_and_again, &counts[i]),
			0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_true(counts[0] > 10);
	assert_true(wait_for_requests(front, 0));
	ask_port(front_port(front, 0), S("GET /pool" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 200);
	for (int i = 0; i < 200 && front_connections(front) > 0; i++)
		(void)poll(NULL, 0, 10);
	assert_int_equal(front_connections(front), 0);
}

static void an_address_has_its_share(void **state)
{
	struct front *f = begin((struct front_config){ .connections_per_address = 3 });
	struct wire_answer answer;
	int fds[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		fds[i] = wire_connect(front_port(f, 0));
		assert_true(wire_send(fds[i], S("GET / HTTP/1.1\r\nHost: a\r\n\r\n")));
		wire_read(fds[i], 200, &answer);
		assert_int_equal(wire_status(&answer), 200);
	}
	ask_port(front_port(f, 0), S("GET /" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 0);
	assert_true(answer.closed);

	(void)close(fds[0]);
	for (int i = 0; i < 200 && front_connections(f) > 2; i++)
		(void)poll(NULL, 0, 10);
	ask_port(front_port(f, 0), S("GET /" TAIL "\r\n"), &answer);
	assert_int_equal(wire_status(&answer), 200);
	(void)close(fds[1]);
	(void)close(fds[2]);
	front_stop(f);
}

static void *release_later(void *context)
{
	(void)context;
	(void)poll(NULL, 0, 300);
	atomic_store(&released, true);
	return NULL;
}

static void stopping_lets_requests_end(void **state)
{
	struct front *f = begin((struct front_config){ .connections = 100 });
	unsigned port = front_port(f, 0);
	int idle = wire_connect(port);
	int busy_one = wire_connect(port);
	struct wire_answer answer;
	pthread_t later;
	int64_t from;

	(void)state;
	atomic_store(&released, false);
	atomic_store(&started, 0);
	assert_true(wire_send(busy_one, S("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")));
	assert_true(wait_for(&started, 1));
	assert_int_equal(pthread_create(&later, NULL, release_later, NULL), 0);

	from = clock_mono_us();
	front_stop(f);
	assert_in_range((clock_mono_us() - from) / 1000, 200, 2000);
	(void)pthread_join(later, NULL);

	wire_read(busy_one, 1000, &answer);
	assert_int_equal(wire_status(&answer), 200);
	assert_non_null(strstr(answer.text, "Connection: close\r\n"));
	assert_true(answer.closed);
	wire_read(idle, 1000, &answer);
	assert_true(answer.closed && answer.n == 0);
	(void)close(idle);
	(void)close(busy_one);
}

static void a_socket_can_be_inherited(void **state)
{
	struct sockaddr_in any = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct wire_answer answer;
	struct front *f;

	(void)state;
	assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(listen(fd, 10), 0);
	f = begin((struct front_config){ .inherited = &fd, .inherited_count = 1 });
	assert_true(front_port(f, 0) > 0);
	for (int i = 0; i < 10; i++) {
		ask_port(front_port(f, 0), S("GET /nothing" TAIL "\r\n"), &answer);
		assert_int_equal(wire_status(&answer), 404);
		assert_non_null(strstr(answer.text, "404 Not Found"));
	}
	ask_port(front_port(f, 0), S("GET /nothing" TAIL "Accept: application/json\r\n\r\n"),
		&answer);
	assert_non_null(strstr(answer.text, "{\"error\":\"invalid_request\""));
	front_stop(f);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void what_cannot_start_says_why(void **state)
{
	char taken[32];
	const char *const in_use[] = { taken };
	const char *const nonsense[] = { "localhost" };
	const struct front_certificate missing[] = { { "/nonexistent", "/nonexistent" } };
	const struct {
		const char *row;
		struct front_config config;
		enum err err;
	} rows[] = {
		{ "in use", { .listen = in_use, .listen_count = 1 }, ERR_CONFLICT },
		{ "in use, for the admin", { .admin_listen = in_use, .admin_listen_count = 1 },
			ERR_CONFLICT },
		{ "no address", { .listen = nonsense, .listen_count = 1 }, ERR_INVALID },
		{ "no network", { .trusted_proxies = nonsense, .trusted_proxy_count = 1 },
			ERR_INVALID },
		{ "no certificate", { .tls = missing, .tls_count = 1 }, ERR_INVALID },
	};
	struct front *none = NULL;

	(void)state;
	(void)snprintf(taken, sizeof(taken), "127.0.0.1:%u", front_port(front, 0));
	for (size_t i = 0; i < ROWS(rows); i++)
		row_int(rows[i].row,
			front_start(
				&rows[i].config, routes, ROWS(routes), NULL, 0, NULL, &none),
			rows[i].err);
	assert_null(none);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(the_admin_listener_is_another),
		cmocka_unit_test(ids_are_unlike),
		cmocka_unit_test(a_full_queue_says_so_at_once),
		cmocka_unit_test(a_slow_reader_is_cut),
		cmocka_unit_test(resets_do_no_harm),
		cmocka_unit_test(an_address_has_its_share),
		cmocka_unit_test(stopping_lets_requests_end),
		cmocka_unit_test(a_socket_can_be_inherited),
		cmocka_unit_test(what_cannot_start_says_why),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
