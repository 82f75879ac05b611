/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * handler: how every endpoint looks from outside, and one row of the table in routes.c.
 * A handler runs to its end on one thread; it answers by filling the response. What it
 * returns other than OK is an environment failure: the front logs it once and answers 503
 * (ERR_BUSY) or 500, in the words of the route's error form.
 */

#include "base/err.h"
#include "http/request.h"
#include "http/response.h"

struct provider; /* tenant/provider.h; opaque here */

typedef enum err handler_fn(
	struct provider *, const struct http_request *, struct http_response *);

enum route_where {
	INLINE, /* on the loop thread; may return ERR_WOULD_BLOCK, then it is run again on POOL
		 */
	POOL,   /* may block: durable writes, password hashing, upstream calls */
};

/* How the front words a failure that no handler answered (404, 405, 413, 500, 503). */
enum route_form {
	FORM_PAGE,
	FORM_JSON,
	FORM_FRAME /* a page that also posts to a waiting parent */
};

struct route {
	const char *path; /* exact; or a prefix ending in '*' */
	unsigned methods; /* of enum http_method; others get 405 with Allow */
	handler_fn *handler;
	enum route_where where;
	enum route_form form;
	const char *name; /* for metrics: "authorize", "token", … */
	size_t body_max;  /* bytes; 0 means the default of 64 kB */
};
