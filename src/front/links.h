/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * links: the TCP connections of one loop, each with the moment at which it is cut.
 *
 * The HTTP library's own time limit starts again at every byte, so that one byte a second
 * holds a connection for ever. Here a moment is set for each phase as a whole, and a sweep
 * from another thread shuts down the socket of whoever is past it; the loop then sees the
 * end of the connection and closes it.
 *
 * A link is opened, moved and closed by its loop's thread; only the list is locked, so that a
 * sweep never meets a socket number that was closed and given to somebody else.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "front/address.h"

struct link {
	struct link *next;
	struct link *prev;
	int fd;
	struct address peer;
	struct str peer_text;
	char text[ADDRESS_TEXT_MAX]; /* of peer_text */
	_Atomic int64_t deadline;    /* monotonic microseconds; 0: none */
	atomic_bool busy;            /* between a request line and the end of its answer */
};

struct links {
	pthread_mutex_t lock;
	struct link *open;
	struct link *spare;
	atomic_uint count;
};

void links_init(struct links *);
/* Frees; all must be closed. */
void links_done(struct links *);

struct link *links_open(struct links *, int fd, const struct address *peer, int64_t deadline);
void links_close(struct links *, struct link *);

/* Shuts down what is past its moment; with `idle`, also what carries no request. */
void links_sweep(struct links *, int64_t now, bool idle);

/*
 * crowd: how many connections each address has, approximately: counters in a table under a
 * random seed, so that nobody can choose whose counter he shares. A /64 of IPv6 is one.
 */
enum { CROWD_SLOTS = 1 << 14 };

struct crowd {
	uint64_t seed;
	atomic_uint slots[CROWD_SLOTS];
};

atomic_uint *crowd_slot(struct crowd *, const struct address *);
