/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * front: the HTTP library, and nothing else in the program knows its name.
 *
 * It listens, guards, turns bytes into struct http_request, finds the route, runs the
 * handler where the route says (loop thread or pool), and writes the response. It knows no
 * handler: it is given tables of them. It owns every socket, loop thread and pool thread.
 *
 * In a request everything is refused that two HTTP programs could read differently (RFC 9112,
 * 6.3 and 11.2), with one 400 and an end of the connection, so that it is safe behind a proxy
 * and without one. Limits: URL (414), header lines (431), body (413), total time to send a
 * request (the connection is shut), connections in all and by address.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "front/certificate.h"
#include "http/handler.h"

struct front;

/*
 * Words a failure that no handler answered: fills the response with status `status`. It runs
 * where the request runs (see rq->may_block), and must not fail.
 */
typedef void front_fault_fn(struct provider *, const struct http_request *,
	struct http_response *, enum route_form, int status);

/* 0, NULL and false mean the default that is named in brackets. Nothing is copied: what this
 * points to outlives the front. */
struct front_config {
	/* "127.0.0.1:8080", "[::]:443"; port 0 takes a free one. */
	const char *const *listen;
	size_t listen_count;
	/* Answered from the admin routes only, always plain HTTP. */
	const char *const *admin_listen;
	size_t admin_listen_count;
	/* Sockets that listen already (LISTEN_FDS); with any, `listen` is not bound. The front
	 * closes them. */
	const int *inherited;
	size_t inherited_count;

	unsigned threads;      /* loop threads for each address [processors] */
	unsigned pool_threads; /* [2 * processors, at least 4] */
	unsigned pool_queue;   /* requests that may wait; more get 503 at once [1024] */

	/* Certificates, chosen by SNI, the first when nothing fits; none: plain HTTP. */
	const struct front_certificate *tls;
	size_t tls_count;

	/* The server name (SNI) whose clients are asked for a certificate [nobody is asked];
	 * who may vouch for it, PEM [nobody]; and the header by which a trusted proxy tells of
	 * it [it tells of none]. See rq->certificate. */
	const char *mtls_host;
	const char *mtls_ca;
	const char *mtls_header;

	unsigned connections;             /* open at once, in all [4096] */
	unsigned connections_per_address; /* trusted proxies are not counted [no limit] */
	size_t connection_memory;         /* bytes for the head of a request and of its
					     response, for each connection [32 kB]: all limits below
					     fit, but not all at once (431) */
	size_t url_max;                   /* bytes of the request target [16 kB] */
	size_t header_max;                /* bytes of all header lines [16 kB] */
	size_t body_max;                  /* for routes that name none [64 kB] */
	unsigned request_seconds;         /* from a request's first byte to its last [10] */
	unsigned idle_seconds;            /* an open connection between requests [60] */
	unsigned send_seconds;            /* to take a whole response [60] */
	unsigned stop_seconds; /* front_stop takes no longer [10], if give_up ends all waits */

	/* "10.0.0.0/8", "::1": X-Forwarded-For, -Proto and -Host are believed from these, so
	 * they must write all three, over whatever the client sent. */
	const char *const *trusted_proxies;
	size_t trusted_proxy_count;

	front_fault_fn *fault; /* [one plain sentence, or JSON] */

	/* Called by a loop when it was woken, before it runs what has come. [nothing] */
	void (*before_turn)(struct provider *);

	/* Called by a loop when it has run what came together: whoever gathers what handlers
	 * have begun sends it now. [nothing] */
	void (*after_turn)(struct provider *);

	/* Called once by front_stop, when running requests have had their time: what handlers
	 * still wait for ends soon. [nothing] */
	void (*give_up)(struct provider *);
};

/*
 * Listens and serves until front_stop. The tables and the provider outlive the front. What
 * could not be done is logged here.
 *
 * ERR_INVALID   an address, network or certificate that cannot be read
 * ERR_CONFLICT  an address that is in use
 * ERR_IO        sockets or threads cannot be had
 */
enum err front_start(const struct front_config *, const struct route *routes, size_t count,
	const struct route *admin_routes, size_t admin_count, struct provider *,
	struct front **ret) MUST_CHECK;

/* The real port of the i-th address: `listen` (or `inherited`) first, then `admin_listen`. */
unsigned front_port(const struct front *, size_t i);

/* The epolls in which the loops sleep: whatever is put into one, without a pointer, wakes that
 * loop for before_turn. How many: `most` at most. */
size_t front_epolls(const struct front *, int *ret, size_t most);

/* Connections that are open now, and requests that are being answered: for gauges. */
unsigned front_connections(const struct front *);
unsigned front_requests(const struct front *);

/*
 * Reads the files again (SIGHUP): our certificates, which connections that are open keep, and
 * who may vouch for clients', which counts from the next request on.
 * ERR_INVALID  one cannot be used: it and its like stay as they were, and the log says so
 */
enum err front_reload(struct front *);

/*
 * Stops accepting, lets running requests end until a second is left of stop_seconds, and calls
 * give_up; those that still wait for a pool thread then get 503, those that run on one, and
 * those whose handlers wait, are waited for. Closes all, frees.
 * NULL is accepted.
 */
void front_stop(struct front *);
