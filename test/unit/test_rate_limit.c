/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/rate_limit.h"
#include "oidc_support.h"

enum { NOW_MS = 1700000000 };

/* How many requests of one moment are let through, of `most`. */
static int64_t let_through(const char *client_id, int64_t limit, int64_t now_ms, int64_t most)
{
	struct provider p = { .limits = true };
	struct tenant t = { .name = S("default"),
		.settings = { .requests_per_minute = limit } };
	struct http_request rq = { .now_ms = now_ms };
	int64_t n = 0;

	while (n < most && rate_limit_take(&p, &t, str_from(client_id), &rq) == 0)
		n++;
	return n;
}

static void as_many_as_a_minute_allows(void **state)
{
	static const struct {
		const char *client_id;
		int64_t limit;
	} rows[] = {
		{ "one", 1 },
		{ "a few", 7 },
		{ "more than a thousand a second", 75000 },
		{ "the most", 1000000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t limit = rows[i].limit;
		int64_t second_later = NOW_MS + 1000;

		assert_int_equal(
			let_through(rows[i].client_id, limit, NOW_MS, 2 * limit), limit);
		assert_in_range(let_through(rows[i].client_id, limit, second_later, limit),
			(uint64_t)limit / 60, (uint64_t)limit / 60 + 1);
	}
}

static void without_a_limit(void **state)
{
	(void)state;
	assert_int_equal(let_through("free", 0, NOW_MS, 1000), 1000);
}

static void the_time_to_come_again(void **state)
{
	struct provider p = { .limits = true };
	struct tenant t = { .name = S("default"), .settings = { .requests_per_minute = 2 } };
	struct http_request rq = { .now_ms = NOW_MS };

	(void)state;
	assert_int_equal(let_through("again", 2, NOW_MS, 3), 2);
	assert_int_equal(rate_limit_take(&p, &t, S("again"), &rq), 31);
	rq.now_ms += 30000;
	assert_int_equal(rate_limit_take(&p, &t, S("again"), &rq), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_many_as_a_minute_allows),
		cmocka_unit_test(without_a_limit),
		cmocka_unit_test(the_time_to_come_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
