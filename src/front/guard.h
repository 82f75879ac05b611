/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * guard: may this request head be believed? Pure: it sees only bytes.
 *
 * Refused is whatever another HTTP program in front of this one could read differently, for
 * there requests can be smuggled (RFC 9112, 11.2): a head with bytes that the library passed
 * over, two lengths, a length beside chunks, a coding other than chunked, a number that is
 * not digits, no Host or two, blanks and control bytes where they do not belong.
 *
 * The HTTP library splits the head where it stands, writing NULs over the line ends, and it
 * is lax: it ends a value at a NUL, takes a bare LF for a line end, drops a header without a
 * name, joins folded lines. All of that leaves a gap between what it shows and what was sent.
 * So the guard also checks that the parts, laid end to end, are the head.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "http/request.h"

enum { GUARD_HEADERS_MAX = 128 };

struct guard_head {
	struct str text;    /* the head in the library's buffer, to its empty line */
	struct str method;  /* in text */
	struct str target;  /* a copy; only its length is compared with text */
	struct str version; /* in text */
	const struct http_header *headers; /* in text, in the order sent */
	size_t count;
};

struct guard_limits {
	size_t url_max;
	size_t header_max; /* bytes of all header lines */
};

struct guard_verdict {
	int status;      /* 0: believed; else the status to refuse with */
	const char *why; /* a literal for the log; NULL when believed */
	struct str host; /* the Host header's value */
	int64_t length;  /* Content-Length, or -1 */
	bool chunked;
};

struct guard_verdict guard_check(const struct guard_head *, const struct guard_limits *);

/* host [":" port] in the bytes of RFC 3986, 3.2.2 without percent-encoding? */
bool guard_host_ok(struct str);
