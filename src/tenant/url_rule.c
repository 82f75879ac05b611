/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/url_rule.h"

#include <string.h>

#include "base/url.h"
#include "tenant/client.h"
#include "tenant/site.h"

/* A browser that is sent to one of these runs or shows what the URL itself holds. */
static const char *const unfit_schemes[] = {
	"javascript",
	"data",
	"vbscript",
	"blob",
	"file",
	"filesystem",
	"about",
	"view-source",
	"ws",
	"wss",
	"ftp",
};

static bool is_web(const struct url *url)
{
	return str_eq_nocase(url->scheme, S("https")) || str_eq_nocase(url->scheme, S("http"));
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > 0x7E)
			return false;
	return true;
}

/* Why a URL with letters outside ASCII was refused, with the host as a browser spells it. */
static const char *explain_ascii(struct arena *a, struct str s)
{
	ptrdiff_t start = str_find(s, S("://"));
	struct str host = start < 0 ? (struct str){ 0 } : str_after(s, (size_t)start + 3);
	struct str ascii;
	size_t n = 0;

	while (n < host.n && !strchr(":/?#", host.p[n]))
		n++;
	ascii = n ? site_ascii(a, str_first(host, n)) : host;
	if (ascii.n == 0 || is_ascii(str_first(host, n)))
		return "must be written in ASCII: percent-encode the other bytes";
	return arena_printf(
		a, "must be written in ASCII, with the host as " STR_FMT, STR_ARG(ascii))
		.p;
}

/* An entry without its "*.", as something that a URL parser accepts; *ret_wild says that it had
 * one. */
static struct str without_star(struct arena *a, struct str s, bool *ret_wild)
{
	ptrdiff_t host = str_find(s, S("://*."));

	*ret_wild = host >= 0 && str_index(str_first(s, (size_t)host), '/') < 0;
	if (!*ret_wild)
		return s;
	return arena_printf(a, STR_FMT STR_FMT, STR_ARG(str_first(s, (size_t)host + 3)),
		STR_ARG(str_after(s, (size_t)host + 5)));
}

static const char *check_wildcard(struct arena *a, const struct url *url)
{
	if (!is_web(url) || url->host.n == 0 || url->host.p[0] == '.')
		return "may have a '*' only as the whole left-most label of an http or https "
		       "host";
	if (!url_host_is_loopback(url->host) && site_is_public_suffix(a, url->host))
		return "must not have a '*' right before a public suffix: anybody can have a "
		       "name there";
	return NULL;
}

static const char *check_scheme(const struct url *url)
{
	for (size_t i = 0; i < sizeof(unfit_schemes) / sizeof(unfit_schemes[0]); i++)
		if (str_eq_nocase(url->scheme, str_from(unfit_schemes[i])))
			return "must not have a scheme that runs or shows what the URL holds";
	return NULL;
}

static const char *check_url(struct arena *a, struct str s, struct url *ret, bool *ret_wild)
{
	struct str plain = without_star(a, s, ret_wild);

	if (!is_ascii(s))
		return explain_ascii(a, s);
	if (url_parse(plain, ret))
		return str_find(s, S("*")) >= 0 ? "must be an absolute URL, with a '*' only as "
						  "the whole left-most "
						  "label of the host"
						: "must be an absolute URL";
	if (ret->has_userinfo)
		return "must not hold a user name or password";
	if (ret->has_fragment)
		return "must not have a fragment (#)";
	if (is_web(ret) && (!ret->has_authority || ret->host.n == 0))
		return "must name a host";
	return *ret_wild ? check_wildcard(a, ret) : NULL;
}

const char *url_rule_redirect(struct arena *a, struct str s)
{
	struct url url;
	bool wild;
	const char *must = check_url(a, s, &url, &wild);

	return must ? must : check_scheme(&url);
}

const char *url_rule_origin(struct arena *a, struct str s)
{
	struct url url;
	bool wild;
	const char *must = check_url(a, s, &url, &wild);

	if (must)
		return must;
	if (!is_web(&url) || url.has_query || (url.path.n && !str_is(url.path, "/")))
		return "must be an origin, https://host[:port], without a path";
	return NULL;
}

const char *url_rule_web(struct arena *a, struct str s)
{
	struct url url;
	bool wild;
	const char *must = check_url(a, s, &url, &wild);

	if (must)
		return must;
	if (!is_web(&url) || wild)
		return "must be an http or https URL without a wildcard";
	return NULL;
}

static const char *check_https(struct arena *a, struct str s, bool fragment)
{
	ptrdiff_t hash = fragment ? str_index(s, '#') : -1;
	const char *must = url_rule_web(a, hash < 0 ? s : str_first(s, (size_t)hash));

	if (must)
		return must;
	return str_eq_nocase(str_first(s, 8), S("https://")) ? NULL : "must be an https URL";
}

const char *url_rule_https(struct arena *a, struct str s)
{
	return check_https(a, s, false);
}

const char *url_rule_https_fragment(struct arena *a, struct str s)
{
	return check_https(a, s, true);
}

const char *url_rule_frame(struct arena *a, struct str s)
{
	struct url url;
	const char *must = url_rule_web(a, s);

	if (must || url_parse(s, &url))
		return must ? must : "must be an absolute URL";
	return str_eq_nocase(url.scheme, S("https")) || url_host_is_loopback(url.host)
		       ? NULL
		       : "must be an https URL";
}

/* What a host-source of a policy is made of (CSP3, 2.3.1), and no IPv6 address. */
static bool is_policy_host(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._",
			    host.p[i]))
			return false;
	return true;
}

static bool is_localhost(struct str host)
{
	size_t tail = host.n < 10 ? 0 : host.n - 10;

	return str_eq_nocase(host, S("localhost")) ||
	       str_eq_nocase(str_after(host, tail), S(".localhost"));
}

const char *url_rule_picture(struct arena *a, struct str s)
{
	struct url url;
	const char *must = url_rule_web(a, s);

	if (must || url_parse(s, &url))
		return must ? must : "must be an absolute URL";
	if (!is_policy_host(url.host))
		return "must have a host that a Content-Security-Policy can name: a domain";
	return str_eq_nocase(url.scheme, S("https")) || is_localhost(url.host)
		       ? NULL
		       : "must be an https URL, or http on localhost or NAME.localhost";
}

static bool is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
			!(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return s.n > 0;
}

/* The entry up to its '*', one label, and the rest of the entry. */
static bool fits_wildcard(struct str entry, size_t star, struct str value)
{
	struct str before = str_first(entry, star);
	struct str behind = str_after(entry, star + 1);

	if (!str_starts(value, before) || !str_ends(value, behind) ||
		value.n <= before.n + behind.n)
		return false;
	return is_label(str_first(str_after(value, star), value.n - before.n - behind.n));
}

bool url_rule_fits(struct str entry, struct str value)
{
	ptrdiff_t host = str_find(entry, S("://*."));

	if (value.n == 0)
		return false;
	if (host >= 0 && str_index(str_first(entry, (size_t)host), '/') < 0)
		return fits_wildcard(entry, (size_t)host + 3, value);
	return str_eq(entry, value);
}

struct str url_rule_origin_of(struct arena *a, struct str entry)
{
	bool wild;
	struct str plain = without_star(a, entry, &wild);
	struct url url;
	struct str origin;
	ptrdiff_t host;

	if (url_parse(plain, &url))
		return (struct str){ 0 };
	origin = url_origin(a, &url);
	host = str_find(origin, S("://"));
	if (!wild || host < 0)
		return origin;
	return arena_printf(a, STR_FMT "*." STR_FMT,
		STR_ARG(str_first(origin, (size_t)host + 3)),
		STR_ARG(str_after(origin, (size_t)host + 3)));
}

bool url_list_matches(struct str_list list, struct str value)
{
	for (size_t i = 0; i < list.count; i++)
		if (url_rule_fits(list.list[i], value))
			return true;
	return false;
}
