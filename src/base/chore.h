/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * chore: work that is done in turns on threads of its own, beside the requests: a turn, then a
 * rest, then a turn again. A thread takes its first turn at once, and rests until the time is
 * over, somebody wakes it or the chore is stopped. Signals are blocked on these threads: they
 * are main's business.
 *
 * All functions but chore_stop() may be called from any thread, turns included. It knows
 * nothing of what is done.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

struct chore;

/*
 * One turn. The arena is the thread's own and empty again when the turn is over. A chore of
 * several threads takes turns on all of them at the same time. True: there is more to do, so
 * the next turn comes without a rest. A long turn looks at chore_is_stopped() now and then.
 */
typedef bool chore_turn(struct chore *, struct arena *, void *arg);

struct chore_config {
	chore_turn *turn;
	void *arg; /* outlives the chore */
	int rest_ms;
	unsigned threads; /* 0: one */
};

/* Starts the threads. ERR_IO  a thread cannot be had; none is left running then */
enum err chore_start(const struct chore_config *, struct chore **ret) MUST_CHECK;

/* Ends all rests. One that comes during a turn is not lost: another turn follows. */
void chore_wake(struct chore *);

bool chore_is_stopped(struct chore *);

/* Lets the turns that have begun end, joins the threads and frees. From one thread, not from a
 * turn. NULL is accepted. */
void chore_stop(struct chore *);
