/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* host_state: what host.c (callers) and supervise.c (the thread) share. */

#include <pthread.h>
#include <stdbool.h>

#include "actions/host.h"
#include "actions/process.h"

enum call_state { CALL_WAITS, CALL_ANSWERED, CALL_CRASHED, CALL_LATE, CALL_AGAIN };

/* One request in flight; lives on its caller's stack. */
struct call {
	struct call *next;
	uint64_t id;
	int64_t began_us;
	int64_t deadline_us;
	enum call_state state;
	char *reply; /* malloc'ed; the caller frees it */
	size_t reply_n;
	pthread_cond_t done;
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
	char *in; /* what came of the next answer */
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
	struct call *waiting; /* not attached to a worker yet, for the count of slow ones */
	bool stopping;
	unsigned early_ends; /* in a row: of processes that were not ready yet */
	bool does_not_start;
	int64_t not_before_us; /* after a start that failed */
	unsigned alone_wanted;
	bool alone_taken;
};

void *host_supervise(void *host);
