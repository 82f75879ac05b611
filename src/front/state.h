/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* state: what the files of front/ share, and nobody else sees. */

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/chore.h"
#include "front/authorities.h"
#include "front/forwarded.h"
#include "front/front.h"
#include "front/guard.h"
#include "front/links.h"
#include "front/pool.h"
#include "front/router.h"

struct exchange;

/* More wait for the next turn, so that the first answers do not wait for the last request. */
enum { TURN_MOST = 32 };

/*
 * One listening socket and the thread that serves it, in turns: what has come on all its
 * connections is read, then all of it is run (signatures last), then all answers go out. Each
 * of these is short work done many times while the processor still has it at hand, and whoever
 * waits for the answers is woken once for many. A request that comes alone is a turn of one.
 */
struct loop {
	struct front *front;
	const struct router *router;
	struct MHD_Daemon *daemon; /* only the loop's thread calls it, but to resume */
	int socket;
	bool inherited; /* others may be listening on the same socket */
	bool tls;
	bool starting; /* what the library complains of is logged */
	pthread_t thread;
	bool running;
	int wake;           /* an eventfd */
	atomic_bool asleep; /* and wants to be woken */
	atomic_bool asked;  /* something below, or a connection, has changed */
	atomic_bool quiesce, end;
	struct links links;
	atomic_uint requests;
	atomic_uint waits; /* of them, those whose handlers wait */

	/* Only the loop's thread touches these. */
	struct exchange *spare;
	unsigned spare_count;
	struct exchange *turn[TURN_MOST];
	size_t turn_count;

	struct exchange *came_before; /* and got no place in the last turn */

	_Atomic(struct exchange *) came; /* what they waited for has */
};

struct front {
	struct front_config config; /* defaults filled in */
	struct guard_limits limits;
	struct trust trust;
	_Atomic(struct authorities *) authorities; /* or NULL */
	struct crowd crowd;
	struct provider *provider;
	struct router *router;
	struct router *admin_router;
	struct pool *pool;
	atomic_bool stopping;

	unsigned *ports;
	size_t port_count;
	struct loop *loops;
	size_t loop_count;

	struct chore *sweeper;
};

enum exchange_state {
	EXCHANGE_HEAD, /* the request line was read */
	EXCHANGE_BODY,
	EXCHANGE_TURN,  /* complete; is run in this turn */
	EXCHANGE_WORK,  /* wants work done, and to be run again, in the same turn */
	EXCHANGE_BLOCK, /* must be run where it may block */
	EXCHANGE_WAIT,  /* its handler waits; is run in another turn */
	EXCHANGE_RUN,   /* was run, or is on the pool; when the library asks, it is answered */
	EXCHANGE_DONE
};

/* What an exchange waits for: `done` may be called at any of these moments. */
enum waiting {
	WAITING,   /* and not suspended yet */
	SUSPENDED, /* and to be resumed */
	ORPHAN,    /* its connection is gone */
	CAME       /* it was called */
};

/* One request and its answer. Lives from the request line to the last byte sent. */
struct exchange {
	struct pool_task task; /* first: the pool gives it back */
	struct exchange *next;
	struct loop *loop;
	struct MHD_Connection *connection;
	struct link *link;
	enum exchange_state state;
	struct http_wait wait;
	_Atomic enum waiting waiting;
	bool is_orphan;
	bool is_suspended; /* in a turn, and to be resumed behind it */
	bool close;        /* end the connection after the answer */
	bool discard;      /* the body is read and thrown away */
	int status;        /* decided before a handler was asked: 404, 405, 413; or 0 */
	unsigned allowed;
	const struct route *route;
	enum route_form form;
	int64_t started; /* monotonic microseconds: the request was complete; 0: never */
	struct str target;
	struct buf body;
	size_t received;
	size_t body_max;
	struct http_request rq;
	struct http_response rs;
	size_t header_count;
	struct http_header headers[GUARD_HEADERS_MAX];
};

/* exchange.c: from the library's calls to a request, and through the handler. */
struct exchange *exchange_begin(struct loop *, struct MHD_Connection *, const char *target);
enum MHD_Result exchange_continue(struct exchange *, const char *method, const char *version,
	const char *data, size_t *n);
/* In its turn; and what its handler wants done before it is run again. */
void exchange_run(struct exchange *);
void exchange_work(struct exchange *);
void exchange_end(struct exchange *);
/* Those whose waiting has come to an end: into the turn, or away, where the connection is gone.
 */
void exchange_take_came(struct loop *);
/* Behind its turn: the library may ask for the answer. */
void exchange_resume(struct exchange *);
void exchange_free(struct exchange *);
pool_run_fn exchange_run_pooled;

/*
 * head.c: the first call: guard, request, route. False: rs is to be sent at once. `status` is
 * set when the answer is known, but the body must be read before it can be given.
 */
bool head_read(struct exchange *, const char *method, const char *version);

/* respond.c */
/* Words the failure in rs, as the route's form wants it. */
void respond_fault(struct exchange *, int status);
/* Hands rs to the library, counts and logs it. */
enum MHD_Result respond(struct exchange *);

/* sockets.c */
/* Zeroed memory, never NULL. */
void *front_zeroed(size_t n, size_t size);
/* Makes the loops, each with the socket that it will serve. Logs what cannot be had. */
enum err sockets_add(struct front *) MUST_CHECK;

/* loop.c */
enum err loop_start(struct loop *) MUST_CHECK;
/* In which it sleeps. */
int loop_epoll(const struct loop *);
/* To be called by other threads, behind what the loop is to see. */
void loop_wake(struct loop *);
/* Soon stops accepting; what is open goes on. */
void loop_quiesce(struct loop *);
/* Nothing may be on the pool. */
void loop_stop(struct loop *);
