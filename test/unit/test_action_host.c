/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The host by itself, without a server: answers, crashes and hangs among many callers. Needs
 * node; skipped where there is none.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/host.h"
#include "base/clock.h"

enum { CALLERS = 12, LIMIT_MS = 300 };

static const char node[] = "/usr/bin/node";

/* event.deed is done; event.word comes back as a claim. */
static const char load[] =
	"{\"type\":\"load\",\"actions\":[{\"name\":\"a\",\"version\":1,\"folder\":\"\","
	"\"time_limit\":300,\"secrets\":{},\"code\":\"exports.onExecutePostLogin = async "
	"(event, "
	"api) => { if (event.deed === 'hang') for (;;); if (event.deed === 'exit') "
	"process.exit(3); api.idToken.setCustomClaim('word', event.word); };\"}]}";

static struct pipeline pipeline_of(struct str *folder)
{
	*folder = S("");
	return (struct pipeline){
		.count = 1, .load = str_from(load), .folders = folder, .time_limit_ms = LIMIT_MS
	};
}

/* Two loops that look for answers whenever their epolls say so, and only then. */
enum { LOOPS = 2 };

static struct host_watch watch;
static pthread_t loops[LOOPS];
static atomic_bool end_loops;
static pthread_rwlock_t looking = PTHREAD_RWLOCK_INITIALIZER;
static struct host *looked_at;

static void *loop(void *epoll)
{
	struct epoll_event events[4];

	while (!atomic_load(&end_loops)) {
		if (epoll_wait(*(int *)epoll, events, 4, 50) <= 0)
			continue;
		(void)pthread_rwlock_rdlock(&looking);
		if (looked_at != NULL)
			host_look(looked_at);
		(void)pthread_rwlock_unlock(&looking);
	}
	return NULL;
}

static int start_loops(void **state)
{
	(void)state;
	for (size_t i = 0; i < LOOPS; i++) {
		watch.epolls[i] = epoll_create1(EPOLL_CLOEXEC);
		assert_int_equal(pthread_create(&loops[i], NULL, loop, &watch.epolls[i]), 0);
	}
	atomic_store(&watch.count, LOOPS);
	return 0;
}

static int stop_loops(void **state)
{
	(void)state;
	atomic_store(&end_loops, true);
	for (size_t i = 0; i < LOOPS; i++) {
		(void)pthread_join(loops[i], NULL);
		(void)close(watch.epolls[i]);
	}
	assert_int_equal(atomic_load(&watch.in_flight), 0);
	return 0;
}

static void look_at(struct host *h)
{
	(void)pthread_rwlock_wrlock(&looking);
	looked_at = h;
	(void)pthread_rwlock_unlock(&looking);
}

static struct host *host_of(size_t slow_most)
{
	struct str folder;
	struct pipeline p = pipeline_of(&folder);
	struct host *h = host_new(&(struct host_config){ .node = node,
					  .memory_mb = 64,
					  .slow_most = slow_most,
					  .watch = &watch },
		&p);

	look_at(h);
	return h;
}

static void free_host(struct host *h)
{
	look_at(NULL);
	host_free(h);
}

struct caller {
	struct host *host;
	const char *deed;
	int number;
	enum err err;
	enum host_end end;
	bool right;
	pthread_t thread;
};

static void *ask(void *arg)
{
	struct caller *c = arg;
	struct arena *a = arena_new(16 * 1024);
	struct str answer = { NULL, 0 };
	struct str wanted = arena_printf(a, "\"word\":%d}", c->number);
	struct str message = arena_printf(a,
		"{\"silent\":true,\"event\":{\"transaction\":{},\"deed\":\"%s\",\"word\":%d}}",
		c->deed, c->number);

	c->err = host_call(c->host, a, message, S(""), &c->end, &answer);
	c->right = answer.n > 0 && str_find(answer, wanted) >= 0;
	arena_free(a);
	return NULL;
}

static void run_all(struct caller *callers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_create(&callers[i].thread, NULL, ask, &callers[i]), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
}

static void assert_answered(const struct caller *c)
{
	assert_int_equal(c->err, OK);
	assert_int_equal(c->end, HOST_ANSWERED);
	assert_true(c->right);
}

static void each_gets_its_own_answer(void **state)
{
	struct host *h = host_of(100);

	(void)state;
	for (int round = 0; round < 5; round++) {
		struct caller callers[CALLERS];

		for (int i = 0; i < CALLERS; i++)
			callers[i] = (struct caller){ .host = h, .deed = "", .number = i };
		run_all(callers, CALLERS);
		for (size_t i = 0; i < CALLERS; i++)
			assert_answered(&callers[i]);
	}
	free_host(h);
}

static void only_the_culprit_fails(void **state)
{
	static const struct {
		const char *deed;
		enum host_end end;
	} rows[] = { { "hang", HOST_LATE }, { "exit", HOST_CRASHED } };
	struct host *h = host_of(100);

	(void)state;
	for (size_t r = 0; r < 4; r++) {
		struct caller callers[CALLERS];

		for (int i = 0; i < CALLERS; i++)
			callers[i] = (struct caller){
				.host = h, .deed = i == 5 ? rows[r % 2].deed : "", .number = i
			};
		run_all(callers, CALLERS);
		for (size_t i = 0; i < CALLERS; i++) {
			if (i != 5)
				assert_answered(&callers[i]);
		}
		assert_int_equal(callers[5].err, OK);
		assert_int_equal(callers[5].end, rows[r % 2].end);
	}
	free_host(h);
}

static void slow_ones_are_bounded(void **state)
{
	struct host *h = host_of(2);
	struct caller slow[2] = { { .host = h, .deed = "hang" },
		{ .host = h, .deed = "hang" } };
	struct caller first = { .host = h, .deed = "" };
	struct caller late = { .host = h, .deed = "" };

	(void)state;
	run_all(&first, 1);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&slow[i].thread, NULL, ask, &slow[i]), 0);
	usleep(200 * 1000);
	(void)ask(&late);
	assert_int_equal(late.err, ERR_BUSY);
	for (size_t i = 0; i < 2; i++)
		(void)pthread_join(slow[i].thread, NULL);
	late = (struct caller){ .host = h, .deed = "", .number = 3 };
	run_all(&late, 1);
	assert_answered(&late);
	free_host(h);
}

struct errand_caller {
	struct errand errand; /* first */
	struct arena *arena;
	enum err begun;
	atomic_int *ended;
};

static void note_end(struct errand *errand)
{
	atomic_fetch_add(((struct errand_caller *)errand)->ended, 1);
}

static struct str errand_message(struct arena *a, const char *deed, int number)
{
	return arena_printf(a,
		"{\"silent\":true,\"event\":{\"transaction\":{},\"deed\":\"%s\",\"word\":%d}}",
		deed, number);
}

static bool all_ended(atomic_int *ended, int want)
{
	for (int i = 0; i < 600 && atomic_load(ended) < want; i++)
		usleep(5000);
	return atomic_load(ended) == want;
}

/* Nobody waits in a thread; whoever shared a process with a culprit is run again, alone. */
static void errands_come_back(void **state)
{
	static const char *const deeds[] = { "", "hang", "", "exit" };
	struct host *h = host_of(100);
	struct caller first = { .host = h, .deed = "" };

	(void)state;
	run_all(&first, 1);
	for (size_t r = 0; r < 4; r++) {
		struct errand_caller callers[CALLERS];
		atomic_int ended = 0;
		int begun = 0;

		for (int i = 0; i < CALLERS; i++) {
			struct errand_caller *c = &callers[i];
			const char *deed = i == 5 ? deeds[r] : "";

			*c = (struct errand_caller){ .errand.done = note_end,
				.arena = arena_new(4096),
				.ended = &ended };
			c->begun = host_begin(h, c->arena, errand_message(c->arena, deed, i),
				S(""), &c->errand);
			begun += c->begun == OK;
			if (i % 4 == 3)
				host_flush(h);
		}
		assert_true(all_ended(&ended, begun));
		for (int i = 0; i < CALLERS; i++) {
			struct errand_caller *c = &callers[i];
			struct str message =
				errand_message(c->arena, i == 5 ? deeds[r] : "", i);
			struct str wanted = arena_printf(c->arena, "\"word\":%d}", i);

			if (c->begun == OK && c->errand.end == HOST_AGAIN)
				assert_int_equal(host_call_alone(h, c->arena, message, S(""),
							 &c->errand.end, &c->errand.answer),
					OK);
			else if (c->begun == ERR_WOULD_BLOCK)
				assert_int_equal(host_call(h, c->arena, message, S(""),
							 &c->errand.end, &c->errand.answer),
					OK);
			if (i == 5 && deeds[r][0] != '\0') {
				assert_int_equal(c->errand.end,
					deeds[r][0] == 'h' ? HOST_LATE : HOST_CRASHED);
			} else {
				assert_int_equal(c->errand.end, HOST_ANSWERED);
				assert_true(str_find(c->errand.answer, wanted) >= 0);
			}
			arena_free(c->arena);
		}
	}
	free_host(h);
}

/* What the socket would not hold is refused at once, and nothing of it is sent. */
static void errands_are_bounded(void **state)
{
	enum { MANY = 200 };
	struct host *h = host_of(100);
	struct caller first = { .host = h, .deed = "" };
	struct arena *a = arena_new(4096);
	struct errand_caller *callers = calloc(MANY, sizeof(*callers));
	atomic_int ended = 0;
	int begun = 0;

	(void)state;
	run_all(&first, 1);
	for (int i = 0; i < MANY; i++) {
		struct str message = errand_message(a, "", i);

		callers[i] = (struct errand_caller){
			.errand.done = note_end, .arena = a, .ended = &ended
		};
		callers[i].arena = arena_new(4096);
		message = arena_printf(a, STR_FMT ",\"pad\":\"%02000d\"}",
			STR_ARG(str_first(message, message.n - 1)), 0);
		callers[i].begun =
			host_begin(h, callers[i].arena, message, S(""), &callers[i].errand);
		if (callers[i].begun == OK)
			begun++;
		else
			assert_int_equal(callers[i].begun, ERR_WOULD_BLOCK);
	}
	host_flush(h);
	assert_true(begun > 10);
	assert_true(all_ended(&ended, begun));
	for (int i = 0; i < MANY; i++) {
		if (callers[i].begun == OK)
			assert_int_equal(callers[i].errand.end, HOST_ANSWERED);
		arena_free(callers[i].arena);
	}
	first = (struct caller){ .host = h, .deed = "", .number = 7 };
	run_all(&first, 1);
	assert_answered(&first);
	free(callers);
	arena_free(a);
	free_host(h);
}

/* As when a tenant's actions are replaced and the last call comes back. */
static void a_retired_host_tells_everybody(void **state)
{
	struct host *h = host_of(100);
	struct caller first = { .host = h, .deed = "" };
	struct errand_caller c = { .errand.done = note_end, .arena = arena_new(4096) };
	atomic_int ended = 0;

	(void)state;
	c.ended = &ended;
	run_all(&first, 1);
	assert_int_equal(
		host_begin(h, c.arena, errand_message(c.arena, "hang", 1), S(""), &c.errand),
		OK);
	host_flush(h);
	host_retire(h);
	assert_true(all_ended(&ended, 1));
	assert_int_not_equal(c.errand.end, HOST_ANSWERED);
	assert_int_equal(
		host_begin(h, c.arena, errand_message(c.arena, "", 1), S(""), &c.errand),
		ERR_WOULD_BLOCK);
	arena_free(c.arena);
	free_host(h);
}

static void a_program_that_is_not_there(void **state)
{
	struct str folder;
	struct pipeline p = pipeline_of(&folder);
	struct host *h = host_new(
		&(struct host_config){
			.node = "/nowhere/node", .memory_mb = 64, .slow_most = 9 },
		&p);
	struct caller c = { .host = h, .deed = "" };
	int64_t began = clock_mono_us();

	(void)state;
	run_all(&c, 1);
	assert_int_equal(c.err, OK);
	assert_int_equal(c.end, HOST_DOES_NOT_START);
	assert_true(clock_mono_us() - began < 2 * 1000 * 1000);
	free_host(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_gets_its_own_answer),
		cmocka_unit_test(only_the_culprit_fails),
		cmocka_unit_test(slow_ones_are_bounded),
		cmocka_unit_test(errands_come_back),
		cmocka_unit_test(errands_are_bounded),
		cmocka_unit_test(a_retired_host_tells_everybody),
		cmocka_unit_test(a_program_that_is_not_there),
	};

	if (access(node, X_OK) != 0)
		return 77;
	return cmocka_run_group_tests_name("read by the host's thread", tests, NULL, NULL) +
	       cmocka_run_group_tests_name("read by loops", tests, start_loops, stop_loops);
}
