/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chore.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <time.h>

#include "rows.h"

enum { FOREVER_MS = 1000 * 1000, PATIENCE_SECONDS = 20, THREADS = 4, MS_NS = 1000 * 1000 };

/* What a turn does and tells; the tests say the rest. */
static struct {
	sem_t begun;
	sem_t may_end; /* where `held` */
	bool held;
	atomic_int more; /* so many turns say that there is more to do */
	atomic_int turns;
	atomic_size_t arena_was_used;
	atomic_bool came_wrong; /* another argument */
	atomic_bool signals_came_through;
	pthread_barrier_t together;
} work;

static bool heard(sem_t *s)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_SECONDS;
	return sem_timedwait(s, &until) == 0;
}

static bool take_turn(struct chore *c, struct arena *a, void *arg)
{
	sigset_t blocked;

	(void)c;
	if (arg != &work)
		work.came_wrong = true;
	atomic_fetch_add(&work.arena_was_used, arena_used(a));
	(void)arena_alloc(a, 100);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	if (!sigismember(&blocked, SIGTERM) || !sigismember(&blocked, SIGUSR1))
		work.signals_came_through = true;
	work.turns++;
	sem_post(&work.begun);
	if (work.held)
		(void)heard(&work.may_end);
	return atomic_fetch_sub(&work.more, 1) > 0;
}

static struct chore *start(chore_turn *turn, int rest_ms, unsigned threads)
{
	struct chore_config config = {
		.turn = turn, .arg = &work, .rest_ms = rest_ms, .threads = threads
	};
	struct chore *c = NULL;

	row_int("it starts", chore_start(&config, &c), OK);
	return c;
}

static void turns_come_at_once_and_when_woken(void **state)
{
	struct chore *c = start(take_turn, FOREVER_MS, 0);
	sigset_t blocked;

	(void)state;
	row_true("the first at once", heard(&work.begun));
	for (int i = 0; i < 3; i++) {
		chore_wake(c);
		row_true("one after each call", heard(&work.begun));
	}
	chore_stop(c);
	row_int("and no other, nor when it is stopped", work.turns, 4);
	row_int("the arena is empty each time", (int64_t)work.arena_was_used, 0);
	row_true("the argument is the chore's", !work.came_wrong);
	row_true("signals stay outside", !work.signals_came_through);
	pthread_sigmask(SIG_BLOCK, NULL, &blocked);
	row_true("and ours are as before", !sigismember(&blocked, SIGTERM));
}

static void a_rest_ends_by_itself(void **state)
{
	struct chore *c = start(take_turn, 1, 0);

	(void)state;
	for (int i = 0; i < 5; i++)
		row_true("turn after turn", heard(&work.begun));
	chore_stop(c);
}

static void more_to_do_means_no_rest(void **state)
{
	struct chore *c;

	(void)state;
	work.more = 3;
	c = start(take_turn, FOREVER_MS, 0);
	for (int i = 0; i < 4; i++)
		row_true("turn after turn", heard(&work.begun));
	chore_stop(c);
	row_int("until there is no more", work.turns, 4);
}

static void a_call_during_a_turn_is_not_lost(void **state)
{
	struct chore *c;

	(void)state;
	work.held = true;
	c = start(take_turn, FOREVER_MS, 0);
	row_true("a turn has begun", heard(&work.begun));
	chore_wake(c);
	chore_wake(c);
	sem_post(&work.may_end);
	row_true("another follows", heard(&work.begun));
	sem_post(&work.may_end);
	chore_stop(c);
	row_int("one for both calls", work.turns, 2);
}

static bool work_until_stopped(struct chore *c, struct arena *a, void *arg)
{
	const struct timespec a_little = { .tv_nsec = MS_NS };

	(void)a;
	(void)arg;
	sem_post(&work.begun);
	while (!chore_is_stopped(c))
		nanosleep(&a_little, NULL);
	work.turns++;
	return true;
}

static void a_long_turn_hears_of_the_end(void **state)
{
	struct chore *c = start(work_until_stopped, FOREVER_MS, 0);

	(void)state;
	row_true("a turn has begun", heard(&work.begun));
	row_true("not yet", !chore_is_stopped(c));
	chore_stop(c);
	row_int("it came to its end, and more to do makes no other", work.turns, 1);
	chore_stop(NULL);
}

static bool meet(struct chore *c, struct arena *a, void *arg)
{
	(void)c;
	(void)a;
	(void)arg;
	pthread_barrier_wait(&work.together);
	sem_post(&work.begun);
	return false;
}

static void several_threads_work_side_by_side(void **state)
{
	struct chore *c;

	(void)state;
	pthread_barrier_init(&work.together, NULL, THREADS);
	c = start(meet, FOREVER_MS, THREADS);
	for (int i = 0; i < THREADS; i++)
		row_true("all are in a turn at once", heard(&work.begun));
	chore_wake(c);
	for (int i = 0; i < THREADS; i++)
		row_true("and a call wakes each", heard(&work.begun));
	chore_stop(c);
	pthread_barrier_destroy(&work.together);
}

static void without_threads_there_is_no_chore(void **state)
{
	const size_t no_such_stack = (size_t)1 << 47;
	struct chore_config config = { .turn = take_turn, .arg = &work, .threads = 2 };
	struct chore *c = (struct chore *)&work;
	pthread_attr_t before, attr;

	(void)state;
	pthread_getattr_default_np(&before);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, no_such_stack);
	row_int("a stack that no machine has", pthread_setattr_default_np(&attr), 0);
	row_int("it says so", chore_start(&config, &c), ERR_IO);
	pthread_setattr_default_np(&before);
	row_true("and gives nothing", c == (struct chore *)&work);
	row_int("nor does anything", work.turns, 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&work, 0, sizeof(work));
	sem_init(&work.begun, 0, 0);
	sem_init(&work.may_end, 0, 0);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(turns_come_at_once_and_when_woken),
		TEST(a_rest_ends_by_itself),
		TEST(more_to_do_means_no_rest),
		TEST(a_call_during_a_turn_is_not_lost),
		TEST(a_long_turn_hears_of_the_end),
		TEST(several_threads_work_side_by_side),
		TEST(without_threads_there_is_no_chore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
