/* SPDX-License-Identifier: Apache-2.0 */
#include "observe/observer.h"

#include <pthread.h>

#include "tenant_support.h"

static struct tenant tenant;
static struct observer *observer;

static void say(const char *client, const char *type, const char *reason, int64_t at_ms)
{
	/* On the stack, to be overwritten: what is kept must be a copy. */
	char words[3][32];

	snprintf(words[0], sizeof(words[0]), "%s", client);
	snprintf(words[1], sizeof(words[1]), "%s", type);
	snprintf(words[2], sizeof(words[2]), "%s", reason);
	observer_event(observer, &tenant,
		&(struct event){ .at_ms = at_ms,
			.client_id = str_from(words[0]),
			.type = str_from(words[1]),
			.reason = str_from(words[2]),
			.request_id = S("request-id"),
			.event_id = 99,
			.weight = 99 });
	memset(words, 'x', sizeof(words));
}

/* All of a client: how many records, and how many they stand for. */
static void look(const char *client, size_t *ret_records, int64_t *ret_weight)
{
	struct event_filter filter = { .client_id = str_from(client), .max = 100000 };
	struct event *events;

	db_flush(db);
	row_int("list", event_list(db_reader(db), a, &filter, &events, ret_records), OK);
	*ret_weight = 0;
	for (size_t i = 0; i < *ret_records; i++)
		*ret_weight += events[i].weight;
}

static void few_are_all_kept(void **state)
{
	size_t records;
	int64_t weight;
	struct event_filter filter = { .client_id = S("calm"), .max = 10 };
	struct event *events;

	(void)state;
	say("calm", "ssa", "", 1000);
	say("calm", "fsa", "no_session", 2000);
	look("calm", &records, &weight);
	row_int("both", (int64_t)records, 2);
	row_int("each for itself", weight, 2);
	row_int("list", event_list(db_reader(db), a, &filter, &events, &records), OK);
	row_str("copied", events[1].reason, "no_session");
	row_str("whole", events[1].request_id, "request-id");
	row_int("with its time", events[1].at_ms, 2000);
	row_true("numbered by the store",
		events[0].event_id < events[1].event_id && events[0].event_id < 99);
}

static void many_are_sampled_and_none_is_lost(void **state)
{
	enum { MANY = 5000 };
	size_t records;
	int64_t weight;

	(void)state;
	for (int i = 0; i < MANY; i++) {
		say("storm", "ssa", "", i);
		say("quiet", "ssa", "", i < 3 ? i : 3);
	}
	/* What is held goes when its window is over. */
	observer_free(observer);
	observer = observer_new(40);
	look("storm", &records, &weight);
	row_true("a sample", records < MANY / 4 && records >= 11);
	row_int("that stands for all", weight, MANY);
	look("quiet", &records, &weight);
	row_int("others count by themselves", weight, MANY);
}

static void what_is_held_is_readable_within_a_second(void **state)
{
	size_t records;
	int64_t weight;

	(void)state;
	for (int i = 0; i < 100; i++)
		say("burst", "fsa", "no_session", i);
	usleep(900 * 1000);
	look("burst", &records, &weight);
	row_int("all is accounted for", weight, 100);
}

enum { THREADS = 4, EACH = 3000 };

static void *say_many(void *arg)
{
	for (int i = 0; i < EACH; i++)
		say(i % 2 ? "shared" : arg, "ssa", "", i);
	return NULL;
}

static void threads_do_not_lose_any(void **state)
{
	static char names[THREADS][8] = { "t0", "t1", "t2", "t3" };
	pthread_t threads[THREADS];
	size_t records;
	int64_t weight;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		row_int("starts", pthread_create(&threads[i], NULL, say_many, names[i]), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	observer_free(observer);
	observer = observer_new(40);
	look("shared", &records, &weight);
	row_int("together", weight, THREADS * EACH / 2);
	for (size_t i = 0; i < THREADS; i++) {
		look(names[i], &records, &weight);
		row_int(names[i], weight, EACH / 2);
	}
}

static void traces_are_kept_by_client_and_reason(void **state)
{
	struct trace trace;
	int found = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		char id[32];

		snprintf(id, sizeof(id), "ok-%d", i);
		observer_trace(observer, &tenant,
			&(struct trace){ .request_id = str_from(id),
				.client_id = S("c"),
				.outcome = S("ok"),
				.facts = S("{}") });
		snprintf(id, sizeof(id), "no-%d", i);
		observer_trace(observer, &tenant,
			&(struct trace){ .request_id = str_from(id),
				.client_id = S("c"),
				.outcome = S("login_required"),
				.reason = S("no_session"),
				.facts = S("{\"a\":1}") });
	}
	db_flush(db);
	row_int("the first refusal can be explained",
		trace_find(db_reader(db), a, S("no-0"), &trace), OK);
	row_str("in full", trace.facts, "{\"a\":1}");
	for (int i = 0; i < 300; i++)
		found += !trace_find(db_reader(db), a, arena_printf(a, "ok-%d", i), &trace);
	row_true("of success there is a sample", found >= 1 && found < 50);
}

static int set_up(void **state)
{
	arena_set_up(state);
	store_open();
	tenant.db = db;
	observer = observer_new(40);
	return 0;
}

static int tear_down(void **state)
{
	observer_free(observer);
	observer_free(NULL);
	store_close();
	return arena_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(few_are_all_kept),
		cmocka_unit_test(many_are_sampled_and_none_is_lost),
		cmocka_unit_test(what_is_held_is_readable_within_a_second),
		cmocka_unit_test(threads_do_not_lose_any),
		cmocka_unit_test(traces_are_kept_by_client_and_reason),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
