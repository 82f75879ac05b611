/* SPDX-License-Identifier: Apache-2.0 */
/* Cookies: one input is a name, a line end, and Cookie headers, a line each. */
#include "fuzz.h"
#include "http/request.h"

enum { HEADERS_MAX = 8 };

static void check_value(struct str value)
{
	for (size_t i = 0; i < value.n; i++)
		assert(value.p[i] != ';' && (unsigned char)value.p[i] >= 0x20);
	assert(str_trim(value).n == value.n);
}

static void fuzz_input(struct arena *a, struct str text)
{
	struct http_header headers[HEADERS_MAX];
	struct http_request rq = { .arena = a, .headers = headers };
	struct str name = { 0 };
	struct str line;
	size_t n = 0;

	str_split(&text, '\n', &name);
	while (rq.header_count < HEADERS_MAX && str_split(&text, '\n', &line))
		headers[rq.header_count++] = (struct http_header){ S("Cookie"), line };
	for (;; n++) {
		struct str value = http_cookie(&rq, name, n);

		if (!value.p)
			break;
		check_value(value);
	}
	assert(n == 0 || name.n > 0);
	assert(http_cookie(&rq, name, n + 1).p == NULL);
}
