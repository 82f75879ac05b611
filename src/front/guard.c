/* SPDX-License-Identifier: Apache-2.0 */
#include "front/guard.h"

#include <string.h>

static struct guard_verdict refuse(int status, const char *why)
{
	return (struct guard_verdict){ .status = status, .why = why, .length = -1 };
}

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* token (RFC 9110, 5.6.2). Names hold hardly any but the hyphen of the rest. */
static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-' &&
			str_index(S("!#$%&'*+.^_`|~"), s.p[i]) < 0)
			return false;
	}
	return s.n > 0;
}

/*
 * How many bytes at the front are surely from `low` to 0x7e; looks at eight at once, since
 * this is on the way of every request, and leaves the rest for the caller to look at.
 */
static size_t plain(struct str s, uint64_t low)
{
	const uint64_t ones = UINT64_MAX / 255;
	const uint64_t tops = ones * 0x80;
	size_t n = 0;

	for (; s.n - n >= 8; n += 8) {
		uint64_t x;

		memcpy(&x, s.p + n, sizeof(x));
		if (((x | (x + ones)) & tops) != 0 || ~((x | tops) - ones * low) & tops)
			return n;
	}
	return n;
}

/* field-value (RFC 9110, 5.5): no control byte but the tab. */
static bool is_value(struct str s)
{
	for (size_t i = plain(s, ' '); i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* origin-form (RFC 9112, 3.2.1), visible ASCII only and without a fragment. */
static bool is_target(struct str s)
{
	for (size_t i = plain(s, '!'); i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c < '!' || c > '~')
			return false;
	}
	return s.n > 0 && s.p[0] == '/' && memchr(s.p, '#', s.n) == NULL;
}

static bool is_reg_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (!is_alnum(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' && s.p[i] != '_')
			return false;
	}
	return s.n > 0;
}

static bool is_ip_literal(struct str s)
{
	if (s.n < 4 || s.p[0] != '[' || s.p[s.n - 1] != ']')
		return false;
	for (size_t i = 1; i + 1 < s.n; i++) {
		char c = s.p[i];
		bool hex = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
			   (c >= 'A' && c <= 'F');

		if (!hex && c != ':' && c != '.')
			return false;
	}
	return true;
}

static size_t without_digits(struct str s)
{
	while (s.n > 0 && s.p[s.n - 1] >= '0' && s.p[s.n - 1] <= '9')
		s.n--;
	return s.n;
}

bool guard_host_ok(struct str s)
{
	size_t n = without_digits(s);
	int64_t port;

	if (s.n > 255)
		return false;
	if (n > 0 && s.p[n - 1] == ':') {
		if (!str_digits(str_after(s, n), 65535, &port))
			return false;
		s = str_first(s, n - 1);
	}
	return is_reg_name(s) || is_ip_literal(s);
}

/*
 * What stands between the end of one part and the start of the next: blanks that the library
 * may have trimmed, then CR LF, or the NULs that it wrote over them. (A NUL that was sent in
 * place of the CR cannot be told from these, nor two before the two bare LFs that end a head;
 * the line ends at the same LF for everybody.)
 */
static bool is_line_end(const char *p, const char *next)
{
	while (p < next && (*p == ' ' || *p == '\t'))
		p++;
	return next - p == 2 && (p[0] == '\0' || p[0] == '\r') &&
	       (p[1] == '\0' || p[1] == '\n');
}

static bool is_between(const char *p, size_t n, struct str text)
{
	return p >= text.p && p <= text.p + text.n && n <= (size_t)(text.p + text.n - p);
}

static bool request_line_is_whole(const struct guard_head *head)
{
	const struct str *text = &head->text;

	return head->method.p == text->p &&
	       is_between(head->version.p, head->version.n, *text) &&
	       head->version.p == text->p + head->method.n + 1 + head->target.n + 1;
}

/* Do the parts, laid end to end, make up the head? */
static bool is_whole(const struct guard_head *head)
{
	const char *at = head->version.p + head->version.n;

	if (!request_line_is_whole(head))
		return false;
	for (size_t i = 0; i < head->count; i++) {
		const struct http_header *h = &head->headers[i];

		if (!is_between(h->name.p, h->name.n, head->text) ||
			!is_between(h->value.p, h->value.n, head->text) ||
			h->value.p <= h->name.p + h->name.n || !is_line_end(at, h->name.p))
			return false;
		for (const char *p = h->name.p + h->name.n + 1; p < h->value.p; p++) {
			if (*p != ' ' && *p != '\t')
				return false;
		}
		at = h->value.p + h->value.n;
	}
	return head->text.n >= 2 && is_line_end(at, head->text.p + head->text.n - 2);
}

static const char *take_host(struct str value, struct guard_verdict *v)
{
	if (v->host.p != NULL)
		return "two Host headers";
	if (!guard_host_ok(value))
		return "malformed Host";
	v->host = value;
	return NULL;
}

static const char *take_length(struct str value, struct guard_verdict *v)
{
	if (v->length >= 0)
		return "two Content-Length headers";
	if (!str_digits(value, INT64_MAX, &v->length))
		return "Content-Length is not a number";
	return NULL;
}

static const char *take_coding(struct str value, struct guard_verdict *v)
{
	if (v->chunked)
		return "two Transfer-Encoding headers";
	if (!str_eq_nocase(value, S("chunked")))
		return "Transfer-Encoding is not chunked";
	v->chunked = true;
	return NULL;
}

/* The headers that say where a request ends and whom it is for. */
static const char *take(const struct http_header *h, struct guard_verdict *v)
{
	static const struct {
		struct str name;
		const char *(*take)(struct str, struct guard_verdict *);
	} known[] = {
		{ STR_LIT("host"), take_host },
		{ STR_LIT("content-length"), take_length },
		{ STR_LIT("transfer-encoding"), take_coding },
	};

	if (!is_token(h->name))
		return "malformed header name";
	if (!is_value(h->value))
		return "control byte in a header";
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (h->name.n == known[i].name.n && str_eq_nocase(h->name, known[i].name))
			return known[i].take(str_trim(h->value), v);
	}
	return NULL;
}

static struct guard_verdict check_headers(const struct guard_head *head, bool http_1_0)
{
	struct guard_verdict v = { .length = -1 };

	for (size_t i = 0; i < head->count; i++) {
		const char *why = take(&head->headers[i], &v);

		if (why != NULL)
			return refuse(400, why);
	}
	if (v.host.p == NULL)
		return refuse(400, "no Host header");
	if (v.chunked && v.length >= 0)
		return refuse(400, "Content-Length beside Transfer-Encoding");
	if (v.chunked && http_1_0)
		return refuse(400, "Transfer-Encoding in HTTP/1.0");
	return v;
}

struct guard_verdict guard_check(const struct guard_head *head, const struct guard_limits *max)
{
	bool http_1_0 = str_is(head->version, "HTTP/1.0");
	size_t request_line = head->method.n + 1 + head->target.n + 1 + head->version.n + 2;

	if (!http_1_0 && !str_is(head->version, "HTTP/1.1"))
		return refuse(505, "unknown version");
	if (head->target.n > max->url_max)
		return refuse(414, "long URL");
	if (head->count >= GUARD_HEADERS_MAX ||
		head->text.n > request_line + max->header_max + 2)
		return refuse(431, "long header");
	if (!is_token(head->method) || !is_target(head->target))
		return refuse(400, "malformed request line");
	if (!is_whole(head))
		return refuse(400, "bytes between the headers");
	return check_headers(head, http_1_0);
}
