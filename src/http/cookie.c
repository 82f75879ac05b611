/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>

#include "base/buf.h"
#include "http/request.h"
#include "http/response.h"

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool has_control(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (is_control(s.p[i]))
			return true;
	}
	return false;
}

/* A browser trims both sides when it stores a cookie, so it sends none with blanks there. */
static bool is_bare(struct str s)
{
	return str_trim(s).n == s.n;
}

/* NAME=VALUE of one pair, when it is one that a browser sends. */
static bool parse_pair(struct str pair, struct str *ret_name, struct str *ret_value)
{
	ptrdiff_t equals;

	pair = str_trim(pair);
	equals = str_index(pair, '=');
	if (equals <= 0 || has_control(pair))
		return false;
	*ret_name = str_first(pair, (size_t)equals);
	*ret_value = str_after(pair, (size_t)equals + 1);
	return is_bare(*ret_value);
}

/* The n-th match in one header; what was passed is taken off *n. */
static bool find_in(struct str header, struct str wanted, size_t *n, struct str *ret)
{
	struct str pair;
	struct str name;
	struct str value;

	while (str_split(&header, ';', &pair)) {
		if (!parse_pair(pair, &name, &value) || !str_eq(name, wanted))
			continue;
		if (*n == 0) {
			*ret = value;
			return true;
		}
		(*n)--;
	}
	return false;
}

/* Over HTTP/2, and through a proxy from there, a browser may split its cookies into several
 * headers (RFC 9113, 8.2.3). */
struct str http_cookie(const struct http_request *rq, struct str name, size_t n)
{
	struct str value = { 0 };

	for (size_t i = 0; i < rq->header_count; i++) {
		if (str_eq_nocase(rq->headers[i].name, S("Cookie")) &&
			find_in(rq->headers[i].value, name, &n, &value))
			return value;
	}
	return value;
}

/* cookie-octet of RFC 6265, 4.1.1. */
static bool is_cookie_text(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] <= ' ' || s.p[i] > '~' || str_index(S("\",;\\"), s.p[i]) >= 0)
			return false;
	}
	return true;
}

static void set_cookie(struct http_response *rs, struct arena *a, struct str name,
	struct str value, const char *attributes, const char *same_site, int64_t max_age)
{
	struct buf b = buf_new(a, name.n + value.n + 96);

	assert(name.n > 0 && is_cookie_text(name) && str_index(name, '=') < 0);
	assert(is_cookie_text(value));
	buf_add(&b, name);
	buf_addc(&b, '=');
	buf_add(&b, value);
	buf_add(&b, str_from(attributes));
	buf_add(&b, str_from(same_site));
	if (max_age >= 0)
		buf_addf(&b, "; Max-Age=%lld", (long long)max_age);
	response_header(rs, "Set-Cookie", buf_str(&b));
}

void response_cookie(struct http_response *rs, struct arena *a, struct str name,
	struct str value, const char *same_site, int64_t max_age)
{
	set_cookie(rs, a, name, value, "; Path=/; HttpOnly; Secure; SameSite=", same_site,
		max_age);
}

void response_script_cookie(struct http_response *rs, struct arena *a, struct str name,
	struct str value, int64_t max_age)
{
	set_cookie(rs, a, name, value, "; Path=/; Secure; SameSite=", "None", max_age);
}
