/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * response: what a handler answers. Begins zeroed (status 0 = the handler forgot: a bug).
 * Strings live in the request's arena. The front adds Date, Content-Length, Connection,
 * X-Content-Type-Options: nosniff, Referrer-Policy: no-referrer (unless set) and, on https,
 * Strict-Transport-Security. Header values hold no CR, LF or NUL: asserted here.
 */

#include "base/arena.h"
#include "base/str.h"

enum { RESPONSE_HEADERS_MAX = 32 };

struct http_response {
	int status;
	struct {
		const char *name;
		struct str value;
	} headers[RESPONSE_HEADERS_MAX];
	size_t header_count;
	struct str body;
	bool body_static; /* the body outlives the request: no copy is needed */
	/* For the log, metrics and the trace; never sent. */
	const char *reason; /* a reason of oidc/reason.h, or NULL */
};

/* Adds; never replaces. `name` is a literal. */
void response_header(struct http_response *, const char *name, struct str value);

/* Sets status, Content-Type and body. */
void response_html(
	struct http_response *, int status, struct str body); /* text/html; charset=utf-8 */
void response_json(struct http_response *, int status, struct str body); /* application/json */
void response_text(
	struct http_response *, int status, struct str body); /* text/plain; charset=utf-8 */

/* 302 (or 303 after a POST) to `location`, with Cache-Control: no-store and an empty body. */
void response_redirect(struct http_response *, int status, struct str location);

/* When to ask again. */
void response_retry_after(struct http_response *, struct arena *, int64_t seconds);

/* Cache-Control: no-store and Pragma: no-cache. */
void response_no_store(struct http_response *);

/* "OK", "Not Found", … for a status; "" when unknown. */
const char *http_status_text(int status);

/*
 * Adds a Set-Cookie: NAME=VALUE; Path=/; HttpOnly; Secure; SameSite=SAME_SITE, and
 * Max-Age when max_age >= 0 (0 deletes; -1 means a browser-session cookie).
 */
void response_cookie(struct http_response *, struct arena *, struct str name, struct str value,
	const char *same_site, int64_t max_age);
/* The same without HttpOnly, SameSite=None: for what scripts may know. */
void response_script_cookie(struct http_response *, struct arena *, struct str name,
	struct str value, int64_t max_age);
