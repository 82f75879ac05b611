/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>

#include "observe/metrics.h"

#include "rows.h"

enum { THREADS = 4, EACH = 10000 };

static bool has_line(struct str text, const char *line)
{
	struct str found;

	while (str_split(&text, '\n', &found)) {
		if (str_is(found, line))
			return true;
	}
	return false;
}

static void must_have(const char *const *lines, size_t count)
{
	struct arena *arena = arena_new(65536);
	struct str text = metrics_text(arena);

	for (size_t i = 0; i < count; i++) {
		if (!has_line(text, lines[i]))
			fail_msg("%s\nis not in\n" STR_FMT, lines[i], STR_ARG(text));
	}
	arena_free(arena);
}
#define MUST_HAVE(...)                                              \
	do {                                                        \
		static const char *const lines[] = { __VA_ARGS__ }; \
		must_have(lines, sizeof(lines) / sizeof(lines[0])); \
	} while (0)

static size_t lines_with(const char *needle)
{
	struct arena *arena = arena_new(65536);
	struct str text = metrics_text(arena);
	struct str line;
	size_t n = 0;

	while (str_split(&text, '\n', &line))
		n += str_find(line, str_from(needle)) >= 0;
	arena_free(arena);
	return n;
}

static void a_histogram(void **state)
{
	(void)state;
	metrics_request("one", 200, 100);
	metrics_request("one", 200, 101);
	metrics_request("one", 200, 20000000);
	metrics_request("one", 404, -5);
	MUST_HAVE("# TYPE tacit_request_seconds histogram",
		"tacit_request_seconds_bucket{route=\"one\",status=\"200\",le=\"0.0001\"} 1",
		"tacit_request_seconds_bucket{route=\"one\",status=\"200\",le=\"0.00025\"} 2",
		"tacit_request_seconds_bucket{route=\"one\",status=\"200\",le=\"10\"} 2",
		"tacit_request_seconds_bucket{route=\"one\",status=\"200\",le=\"+Inf\"} 3",
		"tacit_request_seconds_sum{route=\"one\",status=\"200\"} 20.000201",
		"tacit_request_seconds_count{route=\"one\",status=\"200\"} 3",
		"tacit_request_seconds_count{route=\"one\",status=\"404\"} 1");
}

static void *count(void *context)
{
	(void)context;
	for (int i = 0; i < EACH; i++) {
		metrics_request("threads", 200, 10);
		metrics_count_silent(S("shop"), "ok", "none");
		metrics_store_write(1500);
	}
	return NULL;
}

static void threads_add_up(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
	for (int i = 0; i < 20; i++)
		(void)lines_with("threads");
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	MUST_HAVE("tacit_request_seconds_count{route=\"threads\",status=\"200\"} 40000",
		"tacit_silent_total{client=\"shop\",outcome=\"ok\",reason=\"none\"} 40000",
		"tacit_store_write_seconds_bucket{le=\"0.001\"} 0",
		"tacit_store_write_seconds_bucket{le=\"0.0025\"} 40000",
		"tacit_store_write_seconds_sum 60.000000",
		"tacit_store_write_seconds_count 40000");
}

static void calls_are_counted_by_outcome(void **state)
{
	(void)state;
	metrics_logout_call(METRICS_CALL_RETRY);
	metrics_logout_call(METRICS_CALL_OK);
	metrics_logout_call(METRICS_CALL_OK);
	MUST_HAVE("tacit_logout_calls_total{outcome=\"ok\"} 2",
		"tacit_logout_calls_total{outcome=\"retry\"} 1",
		"tacit_logout_calls_total{outcome=\"failed\"} 0");
}

static void one_more(pthread_t *thread)
{
	assert_int_equal(pthread_create(thread, NULL, count, NULL), 0);
	assert_int_equal(pthread_join(*thread, NULL), 0);
}

static void an_ended_thread_is_not_forgotten(void **state)
{
	pthread_t thread;

	(void)state;
	one_more(&thread);
	one_more(&thread);
	MUST_HAVE("tacit_request_seconds_count{route=\"threads\",status=\"200\"} 60000");
}

static void clients_are_labels(void **state)
{
	char long_name[100];

	(void)state;
	memset(long_name, 'c', sizeof(long_name));
	metrics_count_silent(S(""), "invalid_request", "client_unknown");
	metrics_count_silent(S("a\"b\\c\nd"), "login_required", "no_session");
	metrics_count_silent(S("\xff"), "login_required", "no_session");
	metrics_count_silent((struct str){ long_name, 100 }, "login_required", "no_session");
	MUST_HAVE("# TYPE tacit_silent_total counter",
		"tacit_silent_total{client=\"unknown\",outcome=\"invalid_request\",reason="
		"\"client_unknown\"} 1",
		"tacit_silent_total{client=\"a\\\"b\\\\c?d\",outcome=\"login_required\",reason="
		"\"no_session\"} 1",
		"tacit_silent_total{client=\"other\",outcome=\"login_required\",reason=\"no_"
		"session\"} 1",
		"tacit_silent_total{client="
		"\"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\",outcome="
		"\"login_required\",reason=\"no_session\"} 1");
}

static void labels_are_bounded(void **state)
{
	static char names[2000][8];

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "c%zu", i);
		metrics_count_silent(str_from(names[i]), "ok", "none");
		metrics_count_silent(str_from(names[i]), "ok", "none");
		metrics_request(names[i], 200, 1);
	}
	assert_in_range(lines_with("tacit_silent_total{"), 700, 1024);
	assert_int_equal(lines_with("tacit_silent_total{client=\"other\",outcome=\"ok\""), 1);
	assert_in_range(lines_with("tacit_request_seconds_count"), 200, 300);
	assert_int_equal(lines_with("tacit_request_seconds_count{route=\"other\""), 1);
}

static int64_t read_seven(void *context)
{
	return *(const int64_t *)context;
}

static void gauges(void **state)
{
	static int64_t seven = 7;
	static int64_t eight = 8;

	(void)state;
	metrics_gauge("tacit_sessions", "Live sessions.", read_seven, &seven);
	MUST_HAVE("# HELP tacit_sessions Live sessions.", "# TYPE tacit_sessions gauge",
		"tacit_sessions 7");
	metrics_gauge("tacit_sessions", "Live sessions.", read_seven, &eight);
	MUST_HAVE("tacit_sessions 8");
	metrics_gauge("tacit_sessions", "Live sessions.", NULL, NULL);
	assert_int_equal(lines_with("tacit_sessions"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_histogram),
		cmocka_unit_test(threads_add_up),
		cmocka_unit_test(an_ended_thread_is_not_forgotten),
		cmocka_unit_test(calls_are_counted_by_outcome),
		cmocka_unit_test(clients_are_labels),
		cmocka_unit_test(gauges),
		cmocka_unit_test(labels_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
