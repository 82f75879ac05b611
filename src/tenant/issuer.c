/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/issuer.h"

#include "base/base64.h"
#include "base/url.h"
#include "crypto/digest.h"

enum { COOKIE_DIGITS = 8 };

const char *issuer_check(struct arena *a, struct str text)
{
	struct url url;
	bool https;

	if (url_parse(text, &url) || url_origin(a, &url).n == 0)
		return "must be a URL like https://auth.example/";
	if (url.has_userinfo || url.has_query || url.has_fragment || !str_is(url.path, "/"))
		return "must be scheme://host[:port]/ and nothing more";
	https = str_eq_nocase(url.scheme, S("https"));
	if (!https && !url_host_is_loopback(url.host))
		return "must be https, or http on localhost: a browser keeps a Secure cookie "
		       "from no other address, so nobody could stay signed in";
	return NULL;
}

struct issuer issuer_make(struct arena *a, struct str text)
{
	struct url url = { 0 };
	struct issuer issuer = { 0 };
	struct str digest;

	if (url_parse(text, &url))
		return issuer;
	issuer.origin = url_origin(a, &url);
	issuer.url = arena_printf(a, STR_FMT "/", STR_ARG(issuer.origin));
	issuer.host = str_after(
		issuer.origin, (size_t)str_find(issuer.origin, S("://")) + sizeof("://") - 1);
	digest = str_first(sha256(a, issuer.url), COOKIE_DIGITS / 2);
	digest = hex_encode(a, digest.p, digest.n);
	issuer.cookie = arena_printf(a, "__Host-tacit-" STR_FMT, STR_ARG(digest));
	issuer.mfa_cookie = arena_printf(a, "__Host-tacit-mf-" STR_FMT, STR_ARG(digest));
	issuer.state_cookie = arena_printf(a, "__Host-tacit-state-" STR_FMT, STR_ARG(digest));
	issuer.flow_cookie = arena_printf(a, "__Host-tacit-flow-" STR_FMT, STR_ARG(digest));
	return issuer;
}

/* A domain has the scheme of the tenant's own issuer, and its port unless it names one. */
static struct str domain_url(struct arena *a, const struct url *own, struct str domain)
{
	struct str after_address = str_after(domain, (size_t)(str_index(domain, ']') + 1));
	bool has_port = str_index(after_address, ':') >= 0;

	return arena_printf(a, STR_FMT "://" STR_FMT "%s" STR_FMT "/", STR_ARG(own->scheme),
		STR_ARG(domain), own->port.n && !has_port ? ":" : "",
		STR_ARG(has_port ? (struct str){ 0 } : own->port));
}

const struct issuer *issuers_make(struct arena *a, struct str text, struct str_list domains)
{
	struct issuer *issuers = arena_array(a, struct issuer, domains.count + 1);
	struct url own = { 0 };

	if (url_parse(text, &own))
		return issuers;
	issuers[0] = issuer_make(a, text);
	for (size_t i = 0; i < domains.count; i++)
		issuers[i + 1] = issuer_make(a, domain_url(a, &own, domains.list[i]));
	return issuers;
}
