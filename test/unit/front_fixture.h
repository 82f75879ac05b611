/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* front_fixture: a front with a handler for everything that handlers do. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "front/front.h"

#include "rows.h"
#include "wire.h"

enum { POOL_THREADS = 2, POOL_QUEUE = 3, LARGE = 32 << 20 };

static struct front *front; /* made and ended by the group */
static atomic_int started;
static atomic_bool released;

static inline enum err echo(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	response_text(rs, 200,
		arena_printf(rq->arena,
			"id=%s method=%d path=" STR_FMT " tail=" STR_FMT " query=" STR_FMT
			" host=" STR_FMT " remote=" STR_FMT
			" https=%d may_block=%d body=" STR_FMT " age=%d.",
			rq->id.p, rq->method, STR_ARG(rq->path), STR_ARG(rq->tail),
			STR_ARG(rq->query), STR_ARG(rq->host), STR_ARG(rq->remote), rq->https,
			rq->may_block, STR_ARG(rq->body), (int)(clock_now() - rq->now)));
	return OK;
}

static inline enum err first_inline(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	response_header(rs, "X-Try", rq->may_block ? S("pool") : S("inline"));
	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	return echo(provider, rq, rs);
}

static inline enum err always_would_block(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	(void)rs;
	return ERR_WOULD_BLOCK;
}

static inline enum err held(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	atomic_fetch_add(&started, 1);
	for (int i = 0; i < 1000 && !atomic_load(&released); i++)
		(void)poll(NULL, 0, 5);
	return echo(provider, rq, rs);
}

static inline enum err busy(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	response_text(rs, 200, S("half an answer"));
	return ERR_BUSY;
}

static inline enum err broken(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	response_text(rs, 200, S("half an answer"));
	return ERR_STORE;
}

static inline enum err forgetful(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	(void)rs;
	return OK;
}

static inline enum err redirect(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	response_header(rs, "Referrer-Policy", S("origin"));
	response_redirect(rs, 302, arena_printf(rq->arena, "https://a.example/?%0*d", 9000, 0));
	return OK;
}

static inline enum err fill(const struct http_request *rq, struct http_response *rs, size_t n)
{
	char *body = arena_alloc(rq->arena, n);

	memset(body, 'x', n);
	response_text(rs, 200, (struct str){ body, n });
	return OK;
}

static inline enum err large(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	return fill(rq, rs, LARGE);
}

static inline enum err middling(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	return fill(rq, rs, 300000);
}

static inline enum err dawdle(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)poll(NULL, 0, 2);
	return echo(provider, rq, rs);
}

struct errand_of_test {
	struct http_wait *wait;
	unsigned delay_ms;
};

static inline void *come(void *context)
{
	struct errand_of_test errand = *(struct errand_of_test *)context;

	free(context);
	(void)poll(NULL, 0, (int)errand.delay_ms);
	errand.wait->done(errand.wait);
	return NULL;
}

static inline void come_later(struct http_wait *wait, unsigned delay_ms)
{
	struct errand_of_test *errand = malloc(sizeof(*errand));
	pthread_t thread;

	*errand = (struct errand_of_test){ wait, delay_ms };
	if (pthread_create(&thread, NULL, come, errand) != 0 || pthread_detach(thread) != 0)
		abort();
}

/* How often a handler has waited, in the arena; and how many of these were begun and dropped.
 */
static atomic_int waits_begun, waits_dropped;

static inline void drop_wait(void *kept)
{
	(void)kept;
	atomic_fetch_add(&waits_dropped, 1);
}

/* /waits/TIMES-MS: waits so often, every other time with `done` called before it returns, then
 * goes to the pool. */
static inline enum err waits(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	int *times = rq->wait->kept;
	char *end;
	long want = strtol(rq->tail.p, &end, 10);
	long ms = *end == '-' ? strtol(end + 1, NULL, 10) : 0;

	if (times == NULL) {
		times = arena_alloc(rq->arena, sizeof(*times));
		*times = 0;
		rq->wait->kept = times;
		rq->wait->drop = drop_wait;
		atomic_fetch_add(&waits_begun, 1);
	}
	if (*times < want) {
		++*times;
		if (*times % 2 == 0)
			rq->wait->done(rq->wait);
		else
			come_later(rq->wait, (unsigned)ms);
		return ERR_WAIT;
	}
	return rq->may_block ? echo(provider, rq, rs) : ERR_WOULD_BLOCK;
}

static inline void do_work(void *kept)
{
	++*(int *)kept;
}

/* /works/TIMES: wants so often work done, before it is told how often it was. */
static inline enum err works(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	int *done = rq->wait->kept;

	(void)provider;
	if (done == NULL) {
		done = arena_alloc(rq->arena, sizeof(*done));
		*done = 0;
		rq->wait->kept = done;
		response_header(rs, "X-First", S("kept"));
	}
	if (*done < atoi(rq->tail.p)) {
		rq->wait->work = do_work;
		return ERR_WAIT;
	}
	response_text(rs, 200, arena_printf(rq->arena, "worked %d times", *done));
	return OK;
}

/* What the provider would say: names the form, so that a test can see it. */
static inline void worded(struct provider *provider, const struct http_request *rq,
	struct http_response *rs, enum route_form form, int status)
{
	static const char *const forms[] = { "page", "json", "frame" };

	(void)provider;
	response_text(rs, status, arena_printf(rq->arena, "worded %s %d", forms[form], status));
}

static const struct route routes[] = {
	{ "/", HTTP_GET | HTTP_HEAD, echo, INLINE, FORM_PAGE, "root", 0 },
	{ "/frame", HTTP_GET | HTTP_POST, echo, INLINE, FORM_FRAME, "frame", 0 },
	{ "/small", HTTP_POST, echo, INLINE, FORM_JSON, "small", 10 },
	{ "/pool", HTTP_GET | HTTP_POST, echo, POOL, FORM_PAGE, "pool", 0 },
	{ "/either", HTTP_GET, first_inline, INLINE, FORM_PAGE, "either", 0 },
	{ "/never", HTTP_GET, always_would_block, INLINE, FORM_JSON, "never", 0 },
	{ "/held", HTTP_GET, held, POOL, FORM_JSON, "held", 0 },
	{ "/dawdle", HTTP_GET, dawdle, POOL, FORM_JSON, "dawdle", 0 },
	{ "/busy", HTTP_GET, busy, INLINE, FORM_JSON, "busy", 0 },
	{ "/broken", HTTP_GET, broken, POOL, FORM_FRAME, "broken", 0 },
	{ "/forgetful", HTTP_GET, forgetful, INLINE, FORM_PAGE, "forgetful", 0 },
	{ "/redirect", HTTP_GET, redirect, INLINE, FORM_PAGE, "redirect", 0 },
	{ "/large", HTTP_GET, large, INLINE, FORM_PAGE, "large", 0 },
	{ "/middling", HTTP_GET, middling, INLINE, FORM_PAGE, "middling", 0 },
	{ "/works/*", HTTP_GET, works, INLINE, FORM_JSON, "works", 0 },
	{ "/waits/*", HTTP_GET, waits, INLINE, FORM_JSON, "waits", 0 },
	{ "/api/*", HTTP_GET, echo, INLINE, FORM_JSON, "api", 0 },
};
static const struct route admin_routes[] = {
	{ "/metrics", HTTP_GET, echo, INLINE, FORM_PAGE, "metrics", 0 },
};
static const char *const loopback[] = { "127.0.0.1:0", "[::1]:0" };

static inline struct front *begin(struct front_config config)
{
	struct front *made = NULL;

	config.threads = 2;
	config.pool_threads = POOL_THREADS;
	config.pool_queue = POOL_QUEUE;
	config.request_seconds = 2;
	config.send_seconds = 1;
	config.stop_seconds = 3;
	if (config.inherited_count == 0) {
		config.listen = loopback;
		config.listen_count = 2;
	}
	assert_int_equal(front_start(&config, routes, ROWS(routes), admin_routes,
				 ROWS(admin_routes), NULL, &made),
		OK);
	return made;
}

static inline void ask_port(unsigned port, struct str request, struct wire_answer *answer)
{
	int fd = wire_connect(port);

	assert_true(wire_send(fd, request));
	wire_read(fd, 3000, answer);
	(void)close(fd);
}

#define TAIL " HTTP/1.1\r\nHost: A.example:80\r\nConnection: close\r\n"

static inline bool wait_for(atomic_int *number, int least)
{
	for (int i = 0; i < 600 && atomic_load(number) < least; i++)
		(void)poll(NULL, 0, 5);
	return atomic_load(number) >= least;
}

static inline bool wait_for_requests(struct front *of, unsigned want)
{
	for (int i = 0; i < 2000 && front_requests(of) != want; i++)
		(void)poll(NULL, 0, 5);
	return front_requests(of) == want;
}
