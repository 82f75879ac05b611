/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"

#include <arpa/inet.h>
#include <string.h>

enum { PORT_MAX = 65535 };

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 3986, 2.3. */
static bool is_unreserved(char c)
{
	return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that "%XX" at the start of `s` stands for, or -1. */
static int escape_value(struct str s)
{
	int high;
	int low;

	if (s.n < 3 || s.p[0] != '%')
		return -1;
	high = hex_value(s.p[1]);
	low = hex_value(s.p[2]);
	return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static inline bool is_one_of(char c, const char *list)
{
	while (*list != '\0' && *list != c)
		list++;
	return *list != '\0';
}

/* Printable ASCII without the delimiters that RFC 2396 already excluded, and each '%' begins
 * an escape. */
static bool bytes_are_fit(struct str s)
{
	static const bool excluded[128] = { ['\\'] = true,
		['"'] = true,
		['<'] = true,
		['>'] = true,
		['^'] = true,
		['`'] = true,
		['{'] = true,
		['|'] = true,
		['}'] = true };

	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c <= ' ' || c > '~' || excluded[(unsigned char)c])
			return false;
		if (c == '%' && escape_value(str_after(s, i)) < 0)
			return false;
	}
	return true;
}

static bool scheme_is_fit(struct str scheme)
{
	if (scheme.n == 0 || !is_alpha(scheme.p[0]))
		return false;
	for (size_t i = 1; i < scheme.n; i++) {
		char c = scheme.p[i];

		if (!is_alpha(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return true;
}

static bool address_is(int family, struct str text, void *ret)
{
	char copy[INET6_ADDRSTRLEN];

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	return inet_pton(family, copy, ret) == 1;
}

static bool host_is_bracketed(struct str host)
{
	return host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
}

/* Escapes and sub-delims, which RFC 3986 would allow in a name, name no host, and some of
 * them would end a CSP source. */
static bool host_is_fit(struct str host)
{
	struct in6_addr address;

	if (host_is_bracketed(host))
		return address_is(
			AF_INET6, str_first(str_after(host, 1), host.n - 2), &address);
	for (size_t i = 0; i < host.n; i++) {
		if (!is_unreserved(host.p[i]))
			return false;
	}
	return true;
}

/* Takes what stands before the first byte of `stops` out of *rest. */
static struct str take_until(struct str *rest, const char *stops)
{
	size_t n = 0;
	struct str taken;

	while (n < rest->n && !is_one_of(rest->p[n], stops))
		n++;
	taken = str_first(*rest, n);
	*rest = str_after(*rest, n);
	return taken;
}

static bool take(struct str *rest, struct str prefix)
{
	if (!str_starts(*rest, prefix))
		return false;
	*rest = str_after(*rest, prefix.n);
	return true;
}

static bool parse_port(struct str text, struct url *url)
{
	int64_t number;

	url->port = text;
	return text.n == 0 || str_digits(text, PORT_MAX, &number);
}

/* [userinfo@]host[:port]. A second '@', on which parsers disagree, ends up in the host and is
 * refused there. */
static bool parse_authority(struct str text, struct url *url)
{
	ptrdiff_t at = str_index(text, '@');
	ptrdiff_t colon;

	url->has_authority = true;
	if (at >= 0) {
		url->has_userinfo = true;
		url->userinfo = str_first(text, (size_t)at);
		text = str_after(text, (size_t)at + 1);
	}
	if (str_index(url->userinfo, '[') >= 0 || str_index(url->userinfo, ']') >= 0)
		return false;
	colon = str_index(text, ']') >= 0 ? str_index(text, ']') + 1 : str_index(text, ':');
	if (colon < 0 || (size_t)colon == text.n) {
		url->host = text;
		return host_is_fit(text);
	}
	url->host = str_first(text, (size_t)colon);
	return text.p[colon] == ':' && host_is_fit(url->host) &&
	       parse_port(str_after(text, (size_t)colon + 1), url);
}

static bool scheme_is_web(struct str scheme)
{
	return str_eq_nocase(scheme, S("https")) || str_eq_nocase(scheme, S("http"));
}

enum err url_parse(struct str text, struct url *ret)
{
	struct url url = { 0 };
	struct str rest = text;

	if (!bytes_are_fit(text))
		return ERR_INVALID;
	url.scheme = take_until(&rest, ":");
	if (!scheme_is_fit(url.scheme) || !take(&rest, S(":")))
		return ERR_INVALID;
	if (take(&rest, S("//")) && !parse_authority(take_until(&rest, "/?#"), &url))
		return ERR_INVALID;
	if (scheme_is_web(url.scheme) && url.host.n == 0)
		return ERR_INVALID;
	url.path = take_until(&rest, "?#");
	url.has_query = take(&rest, S("?"));
	if (url.has_query)
		url.query = take_until(&rest, "#");
	url.has_fragment = take(&rest, S("#"));
	if (url.has_fragment)
		url.fragment = rest;
	if (str_index(url.fragment, '#') >= 0)
		return ERR_INVALID;
	*ret = url;
	return OK;
}

static void add_lower(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(b, (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]));
}

struct str url_origin(struct arena *a, const struct url *url)
{
	bool https = str_eq_nocase(url->scheme, S("https"));
	int64_t usual = https ? 443 : 80;
	int64_t port = usual;
	struct buf b;

	if (!scheme_is_web(url->scheme))
		return (struct str){ 0 };
	str_digits(url->port, PORT_MAX, &port);
	b = buf_new(a, url->host.n + sizeof("https://:65535"));
	buf_add(&b, https ? S("https://") : S("http://"));
	add_lower(&b, url->host);
	if (port != usual)
		buf_addf(&b, ":%d", (int)port);
	return buf_str(&b);
}

bool url_host_is_loopback(struct str host)
{
	struct str name = S(".localhost");
	struct in6_addr v6;
	struct in_addr v4;

	if (str_eq_nocase(host, S("localhost")))
		return true;
	if (host.n > name.n && str_eq_nocase(str_after(host, host.n - name.n), name))
		return true;
	if (address_is(AF_INET, host, &v4))
		return ntohl(v4.s_addr) >> 24 == 127;
	return host_is_bracketed(host) &&
	       address_is(AF_INET6, str_first(str_after(host, 1), host.n - 2), &v6) &&
	       IN6_IS_ADDR_LOOPBACK(&v6);
}

void url_encode_add(struct buf *b, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t from = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escape[3] = { '%', digits[c >> 4], digits[c & 15] };

		if (is_unreserved(s.p[i]))
			continue;
		buf_add(b, str_first(str_after(s, from), i - from));
		buf_add(b, (struct str){ escape, sizeof(escape) });
		from = i + 1;
	}
	buf_add(b, str_after(s, from));
}

struct str url_encode(struct arena *a, struct str s)
{
	struct buf b = buf_new(a, s.n + s.n / 4 + 1);

	url_encode_add(&b, s);
	return buf_str(&b);
}

enum err url_decode(struct arena *a, struct str s, bool plus, struct str *ret)
{
	char *to;
	size_t written = 0;

	if (str_index(s, '%') < 0 && (!plus || str_index(s, '+') < 0)) {
		*ret = arena_str(a, s);
		return OK;
	}
	to = arena_alloc(a, s.n + 1);
	for (size_t i = 0; i < s.n; i++) {
		int c = (unsigned char)s.p[i];

		if (c == '%') {
			c = escape_value(str_after(s, i));
			i += 2;
		} else if (plus && c == '+') {
			c = ' ';
		}
		if (c < 0)
			return ERR_INVALID;
		to[written++] = (char)c;
	}
	*ret = (struct str){ to, written };
	return OK;
}
