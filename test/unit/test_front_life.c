/* SPDX-License-Identifier: Apache-2.0 */
/* How the front begins, bears what clients do, and ends. */
#include <fcntl.h>
#include <pthread.h>

#include "front_fixture.h"

static int start(void **state)
{
	(void)state;
	front = begin((struct front_config){ .connections = 1000 });
	return 0;
}

static int stop(void **state)
{
	(void)state;
	front_stop(front);
	front_stop(NULL);
	return 0;
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
		STR_LIT("GET /waits/3-1 HTTP/1.1\r\nHost: a\r\n\r\n"),
		STR_LIT("GET /waits/1-0 HTTP/1.1\r\nHost: a\r\n\r\n"),
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
	assert_true(atomic_load(&waits_begun) > 0);
	assert_int_equal(atomic_load(&waits_begun), atomic_load(&waits_dropped));
}

static void who_waits_goes_on(void **state)
{
	static const char *const paths[] = { "0-0", "1-0", "2-0", "3-1", "1-20" };

	(void)state;
	for (size_t i = 0; i < 40; i++) {
		struct arena *a = arena_new(512);
		struct wire_answer answer;

		ask_port(front_port(front, 0),
			arena_printf(a, "GET /waits/%s" TAIL "\r\n", paths[i % ROWS(paths)]),
			&answer);
		assert_int_equal(wire_status(&answer), 200);
		assert_non_null(strstr(answer.text, "may_block=1"));
		arena_free(a);
	}
}

/* The library may not be stopped while somebody is suspended. */
static void stopping_awaits_who_waits(void **state)
{
	struct front *f = begin((struct front_config){ .connections = 100 });
	int fds[2] = { wire_connect(front_port(f, 0)), wire_connect(front_port(f, 0)) };
	const struct linger at_once = { .l_onoff = 1 };
	int begun = atomic_load(&waits_begun);
	struct wire_answer answer;
	int64_t from;

	(void)state;
	/* The first takes longer than stop_seconds. */
	assert_true(wire_send(fds[0], S("GET /waits/1-3400 HTTP/1.1\r\nHost: a\r\n\r\n")));
	assert_true(wire_send(fds[1], S("GET /waits/1-400 HTTP/1.1\r\nHost: a\r\n\r\n")));
	assert_true(wait_for(&waits_begun, begun + 2));
	(void)setsockopt(fds[1], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	(void)close(fds[1]);
	from = clock_mono_us();
	front_stop(f);
	assert_in_range((clock_mono_us() - from) / 1000, 3000, 6000);
	assert_int_equal(atomic_load(&waits_begun), atomic_load(&waits_dropped));
	wire_read(fds[0], 1000, &answer);
	assert_true(answer.closed);
	(void)close(fds[0]);
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
		cmocka_unit_test(resets_do_no_harm),
		cmocka_unit_test(who_waits_goes_on),
		cmocka_unit_test(stopping_awaits_who_waits),
		cmocka_unit_test(an_address_has_its_share),
		cmocka_unit_test(stopping_lets_requests_end),
		cmocka_unit_test(a_socket_can_be_inherited),
		cmocka_unit_test(what_cannot_start_says_why),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
