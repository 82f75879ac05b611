/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/site.h"

#include <idn2.h>
#include <libpsl.h>

#include "base/url.h"

static struct str lower(struct arena *a, struct str s)
{
	char *p = arena_alloc(a, s.n + 1);

	for (size_t i = 0; i < s.n; i++)
		p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] | 0x20 : s.p[i]);
	return (struct str){ p, s.n };
}

/* Dotted digits or brackets: the list knows names only and would cut an address in two. */
static bool is_address(struct str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] != '.' && (host.p[i] < '0' || host.p[i] > '9'))
			return host.p[0] == '[';
	return true;
}

/* An origin may have a wildcard: what is behind it is what counts. */
static struct str without_star(struct arena *a, struct str origin)
{
	ptrdiff_t star = str_find(origin, S("://*."));

	if (star < 0)
		return origin;
	return arena_printf(a, STR_FMT STR_FMT, STR_ARG(str_first(origin, (size_t)star + 3)),
		STR_ARG(str_after(origin, (size_t)star + 5)));
}

struct str site_of(struct arena *a, struct str origin)
{
	struct url url;
	struct str host;
	const char *domain;

	if (url_parse(without_star(a, origin), &url) || url_origin(a, &url).n == 0)
		return (struct str){ 0 };
	host = lower(a, url.host);
	if (host.n && host.p[host.n - 1] == '.')
		host = arena_str(a, str_first(host, host.n - 1));
	if (is_address(host))
		return host;
	domain = psl_registrable_domain(psl_builtin(), arena_cstr(a, host));
	return domain ? arena_str(a, str_from(domain)) : host;
}

bool site_is_same(struct arena *a, struct str origin, struct str other)
{
	struct url one;
	struct url two;

	if (url_parse(without_star(a, origin), &one) || url_parse(without_star(a, other), &two))
		return false;
	return str_eq_nocase(one.scheme, two.scheme) && site_of(a, origin).n &&
	       str_eq(site_of(a, origin), site_of(a, other));
}

bool site_is_public_suffix(struct arena *a, struct str host)
{
	return psl_is_public_suffix(psl_builtin(), arena_cstr(a, lower(a, host)));
}

struct str site_ascii(struct arena *a, struct str host)
{
	char *text = NULL;
	struct str ascii = { 0 };

	if (idn2_to_ascii_8z(arena_cstr(a, host), &text, IDN2_NONTRANSITIONAL) == IDN2_OK)
		ascii = arena_str(a, str_from(text));
	idn2_free(text);
	return ascii;
}
