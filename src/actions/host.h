/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * host: the supervised processes that run one pipeline. One works, with as many requests in
 * flight as come; one is warm beside it, with the code loaded, and takes its place the moment
 * it dies. A thread of the host's own reads the answers and keeps the time.
 *
 * One runaway must cost nobody else. When a process dies, or hangs with several requests in
 * flight, nobody can tell whose fault it was: each is run once more, alone in a process of its
 * own. Whoever takes that one down too is the culprit. So what an action does to the outside
 * world may, very seldom, be done twice.
 *
 * Thread-safe. Reads no JSON but to find an answer's id.
 */

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "tenant/pipeline.h"

struct host;

/*
 * Loops that read the answers themselves, so that nobody has to wake them: the sockets of the
 * processes go into their epolls, with no pointer, and they call host_look when they were
 * woken.
 */
enum { HOST_EPOLLS_MOST = 64 };

struct host_watch {
	int epolls[HOST_EPOLLS_MOST];
	atomic_size_t count;     /* 0: the hosts' threads read */
	atomic_size_t in_flight; /* calls of all hosts that were sent, or wait to be */
};

struct host_config {
	const char *node; /* path of the program, or NULL: not installed */
	unsigned memory_mb;
	size_t slow_most; /* so many runs may take longer than 100 ms at the same time */
	struct host_watch *watch; /* outlives the hosts; or NULL */
};

/* Starts the thread, and with it the processes. The pipeline may be gone afterwards. */
struct host *host_new(const struct host_config *, const struct pipeline *);
/* Nobody may be within host_call. NULL is accepted. */
void host_free(struct host *);

enum host_end {
	HOST_ANSWERED,
	HOST_CRASHED,
	HOST_LATE,
	HOST_DOES_NOT_START,
	HOST_AGAIN,
	HOST_RETIRED
};

/*
 * Sends the JSON object, to which an id is added, and what comes behind it (may be empty), and
 * waits for the answer: at most the pipeline's time limit, and once more where it is run again
 * alone. *ret is the answer, in the arena, where *ret_end is HOST_ANSWERED.
 * ERR_BUSY  too many slow ones are under way, or it retires
 */
enum err host_call(struct host *, struct arena *, struct str message_without_id,
	struct str behind, enum host_end *ret_end, struct str *ret) MUST_CHECK;

/*
 * The same for a thread that may not wait. `done` is called once, by the host's thread or in
 * host_look; from then on *end and *answer are what host_call would give, but that HOST_AGAIN
 * says that the process ended with several in flight, and host_call_alone is to run it once
 * more; and HOST_RETIRED that nobody will. The answer is in the arena, which nobody may use in
 * between.
 */
struct errand {
	void (*done)(struct errand *);
	enum host_end end;
	struct str answer;
};

/*
 * The errand goes with the next host_flush, so that those of many requests travel together.
 * ERR_WOULD_BLOCK  not now: the process is not up, or has enough to do. Nothing will be sent
 */
enum err host_begin(struct host *, struct arena *, struct str message_without_id,
	struct str behind, struct errand *) MUST_CHECK;
void host_flush(struct host *);

/* For a loop of host_watch that was woken: reads what has come, and calls `done`. */
void host_look(struct host *);

/* host_call for what was in flight when a process ended: in a process of its own. */
enum err host_call_alone(struct host *, struct arena *, struct str message_without_id,
	struct str behind, enum host_end *ret_end, struct str *ret) MUST_CHECK;

/* Its processes end, and with them what is in flight; it answers nobody any more, and host_free
 * has still to follow. Does not wait, and may be called by `done`. */
void host_retire(struct host *);
