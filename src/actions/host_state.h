/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* host_state: what host.c (callers) and supervise.c (the thread) share. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "actions/host.h"
#include "actions/process.h"

enum call_state {
	CALL_WAITS,
	CALL_ANSWERED,
	CALL_CRASHED,
	CALL_LATE,
	CALL_AGAIN,
	CALL_RETIRED
};

/* One request in flight; lives on its caller's stack, or in the arena of an errand. */
struct call {
	struct call *next;
	uint64_t id;
	int64_t began_us;
	int64_t deadline_us;
	enum call_state state;
	char *reply; /* malloc'ed; the caller frees it */
	size_t reply_n;
	pthread_cond_t done;
	struct errand *errand; /* NULL: a thread waits on `done` */
	struct arena *arena;   /* of the errand */
	size_t sent;           /* bytes, of an errand */
};

/* Where a process may be; the place outlives the processes in it. */
struct worker {
	pthread_mutex_t
		writing;        /* held while a message is written, and while the socket goes */
	uint64_t generation;    /* moves with each process; changed under both locks */
	struct process process; /* pid 0: there is none */
	bool ready;             /* it has loaded the code */
	int64_t ready_by_us;
	size_t load_sent;
	struct call *calls;
	bool is_watched; /* its socket is in the epolls of loops, which read its answers */
	bool is_bad;     /* it has ended, or wrote what no host writes: it is to be put away */
	int64_t answered_us; /* the last sign of life */
	size_t errands;      /* bytes that errands have sent and not got answers to */
	char *out;           /* errands that are not sent yet; of ERRANDS_MOST bytes */
	size_t out_n;
	char *sending; /* its other half: what is being sent, by whoever holds `writing` */
	char *in;      /* what came of the next answer */
	size_t in_n, in_cap;
};

enum { CURRENT, SPARE, ALONE, WORKERS };

struct host {
	struct process_config process;
	struct host_config config;
	char *load; /* the first message, with its length before it */
	size_t load_n;
	int64_t time_limit_us;
	pthread_t thread;
	int wake; /* an eventfd */

	pthread_mutex_t lock;   /* guards all that follows */
	pthread_cond_t changed; /* a worker is ready or gone; ALONE is free */
	struct worker *workers[WORKERS];
	uint64_t next_id;
	struct call *told; /* errands that have ended; their callers do not know yet */
	struct call **told_last;
	atomic_size_t in_flight; /* calls of all workers */
	int64_t errand_us;       /* when the last one began */
	bool dozing;             /* the thread sleeps without a limit */
	atomic_bool ending;      /* the thread holds the lock, and waits for a process to end */
	struct call *waiting;    /* not attached to a worker yet, for the count of slow ones */
	bool stopping;
	unsigned early_ends; /* in a row: of processes that were not ready yet */
	bool does_not_start;
	bool broken_is_told;
	atomic_bool flush_late; /* somebody was writing: the thread tries again */
	atomic_bool look_late;  /* a loop could not look: the thread does */
	int64_t not_before_us;  /* after a start that failed */
	unsigned alone_wanted;
	bool alone_taken;
};

void *host_supervise(void *host);

void host_wake(struct host *);
enum host_end host_end_of(enum call_state);

/*
 * What is to be sent, to be given to worker_send_errands: until then nobody else writes, where
 * it is not empty. False: somebody else is writing, and it has to be tried again. With the
 * lock.
 */
bool worker_take_errands(struct worker *, struct str *ret);
void worker_send_errands(struct worker *, struct str errands);

/* What is under way of errands, in bytes: half of what a socket holds at least. */
enum { ERRANDS_MOST = 96 * 1024 };

/* Errands, for which nobody keeps watch: the thread then looks so often by itself. */
enum { WATCH_US = 100 * 1000, WATCHFUL_US = 1000 * 1000 };
