/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* smuggling: a listener with a handler that must never be reached, and counts if it is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "front/front.h"

static struct front *front;
static atomic_int smuggled;
static atomic_int served;

static enum err serve(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	atomic_fetch_add(&served, 1);
	response_text(rs, 200, rq->body);
	return OK;
}

static enum err never(
	struct provider *provider, const struct http_request *rq, struct http_response *rs)
{
	(void)provider;
	(void)rq;
	atomic_fetch_add(&smuggled, 1);
	response_text(rs, 200, S("smuggled"));
	return OK;
}

static const struct route routes[] = {
	{ "/", HTTP_GET | HTTP_POST, serve, INLINE, FORM_PAGE, "root", 0 },
	{ "/pool", HTTP_GET | HTTP_POST, serve, POOL, FORM_PAGE, "pool", 0 },
	{ "/smuggled", HTTP_GET, never, INLINE, FORM_PAGE, "smuggled", 0 },
};

static int start(void **state)
{
	static const char *const listen[] = { "127.0.0.1:0" };
	struct front_config config = {
		.listen = listen,
		.listen_count = 1,
		.threads = 2,
		.request_seconds = 1,
		.idle_seconds = 2,
		.send_seconds = 1,
		.stop_seconds = 2,
	};

	(void)state;
	return front_start(&config, routes, 3, NULL, 0, NULL, &front) == OK ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	front_stop(front);
	return 0;
}
