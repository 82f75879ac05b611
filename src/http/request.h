/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * request: one HTTP request as a value. The front fills it; handlers only read it. All
 * slices live in the request's arena. Limits (contract, section 8) were enforced before a
 * handler sees it: header lines 16 kB, body 64 kB, exactly one Host, no control bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "http/params.h"

enum http_method {
	HTTP_GET = 1,
	HTTP_HEAD = 2,
	HTTP_POST = 4,
	HTTP_PUT = 8,
	HTTP_PATCH = 16,
	HTTP_DELETE = 32,
	HTTP_OPTIONS = 64
};

struct http_header {
	struct str name;
	struct str value;
};

/*
 * How a handler on the loop thread waits without holding it up: it puts what it will go on with
 * into `kept`, hands `done` to whoever will have the answer, and returns ERR_WAIT. Once done
 * was called, from any thread and maybe before the handler has returned, the handler is called
 * again, with the same request, here or on the pool.
 *
 * Or it waits for nobody, but wants `work` done, which costs much and is of the same kind for
 * many: all requests that came together have it done one after the other, and then their
 * handlers are called again, with the response as they left it. (Behind `done` it is empty.)
 */
struct http_wait {
	void *kept;                       /* the handler's; NULL the first time */
	void (*drop)(void *kept);         /* its end, after the last call; or NULL */
	void (*done)(struct http_wait *); /* the front's; exactly once for each ERR_WAIT, */
	void (*work)(void *kept);         /* or this, set for each ERR_WAIT anew */
};

struct http_request {
	struct arena *arena;
	struct str id; /* [A-Za-z0-9_-]{22}: in logs, traces and error_uri */
	enum http_method method;
	struct str path;  /* as sent, without the query; starts with '/' */
	struct str tail;  /* what matched the '*' at the end of the route's path */
	struct str query; /* as sent, without '?' */
	struct str body;
	struct str host; /* the Host header: name[:port], lower case */
	struct str
		remote; /* the peer's address, no port; behind a trusted proxy, the client's */
	bool https;     /* the connection, or what a trusted proxy says of it */
	struct str certificate;   /* the client's (DER), whose key it has proved to hold; or
				     empty.   Of the connection, or as a trusted proxy says */
	bool certificate_trusted; /* an authority of --mtls-ca vouches for it, now */
	int64_t now;              /* seconds since the epoch */
	int64_t now_ms;
	bool may_block; /* false on the loop thread (INLINE): writing means ERR_WOULD_BLOCK */
	struct http_wait *wait; /* NULL: nobody would come back to it */
	const struct http_header *headers;
	size_t header_count;
};

/* The first header of that name (any case), or the absent string. */
struct str http_header(const struct http_request *, const char *name);

/* Does the Accept header ask for application/json ahead of text/html? A wildcard does not. */
bool http_accepts_json(const struct http_request *);

/* The media type of the body without its parameters, as sent. */
struct str http_content_type(const struct http_request *);

/*
 * The n-th cookie of that name (from 0), or the absent string. Names match exactly; pairs
 * that RFC 6265 5.4 would not send are passed over.
 */
struct str http_cookie(const struct http_request *, struct str name, size_t n);

/* The primary language tags of Accept-Language, best first, space separated ("pt-BR en"). */
struct str http_languages(const struct http_request *);
