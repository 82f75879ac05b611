/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/public_url.h"

#include <unistd.h>

#include "base/url.h"
#include "notify/probe.h"
#include "store/signing_key.h"
#include "json/json_value.h"

struct visit {
	struct arena *arena;
	struct db_conn *conn;
	const struct issuer *issuer;
	struct probe discovery;
	struct str verdict;
	struct str fix;
};

/* False: it is not so; verdict and fix say what to do. */
typedef bool visit_fn(struct visit *);

static bool answers(struct visit *v)
{
	/* clang-format off */
	static const char *const fixes[] = {
		[PROBE_NO_NAME]     = "issuer: make a DNS record of its host name that leads to the server or its proxy",
		[PROBE_NOT_TRUSTED] = "tls-cert: the server, or its proxy, needs a certificate for that host name, with all between it and an authority that browsers know",
		[PROBE_NO_ANSWER]   = "listen: start the server, and let its host and port, or its proxy's, be reached from here",
	};
	/* clang-format on */

	if (v->discovery.end == PROBE_ANSWERED)
		return true;
	v->verdict = arena_printf(v->arena, "nobody answers at " STR_FMT ": " STR_FMT,
		STR_ARG(v->issuer->url), STR_ARG(v->discovery.why));
	v->fix = str_from(fixes[v->discovery.end]);
	return false;
}

static bool stays(struct visit *v)
{
	if (v->discovery.location.n == 0)
		return true;
	v->verdict = arena_printf(v->arena, STR_FMT " redirects to " STR_FMT,
		STR_ARG(v->issuer->url), STR_ARG(v->discovery.location));
	v->fix = S("issuer: let it answer under this URL itself, every path below it; or start "
		   "the "
		   "server with the --issuer that it leads to");
	return false;
}

static struct str issuer_in(struct visit *v)
{
	const struct json *map = NULL;

	if (v->discovery.status != 200 ||
		json_parse(v->arena, v->discovery.body, &map, NULL) != OK)
		return (struct str){ 0 };
	return json_get_str(map, "issuer");
}

static bool is_a_provider(struct visit *v)
{
	if (issuer_in(v).n > 0)
		return true;
	v->verdict = arena_printf(v->arena,
		"what answers at " STR_FMT " is no OpenID Provider: status %d for "
		".well-known/openid-configuration",
		STR_ARG(v->issuer->url), v->discovery.status);
	v->fix = S("listen: let the proxy pass every path on, unchanged, to what the server "
		   "has for "
		   "--listen");
	return false;
}

static struct probe discover(struct visit *v)
{
	return probe_get(
		v->arena, arena_printf(v->arena, STR_FMT ".well-known/openid-configuration",
				  STR_ARG(v->issuer->url)));
}

/* A domain that was applied this moment is in force within a second. */
static bool says_its_name(struct visit *v)
{
	if (str_eq(issuer_in(v), v->issuer->url))
		return true;
	(void)sleep(1);
	v->discovery = discover(v);
	if (str_eq(issuer_in(v), v->issuer->url))
		return true;
	v->verdict =
		arena_printf(v->arena, "what answers at " STR_FMT " says that it is " STR_FMT,
			STR_ARG(v->issuer->url), STR_ARG(issuer_in(v)));
	v->fix = S(
		"trusted-proxy: let the proxy pass the Host on, or set X-Forwarded-Host, and "
		"name its address; and see that the server has this --issuer, or this host in "
		"customDomains");
	return false;
}

static bool has_kid(struct arena *a, struct str text, struct str kid)
{
	const struct json *set = NULL;

	if (json_parse(a, text, &set, NULL) != OK)
		return false;
	json_each(key, json_get(set, "keys"))
	{
		if (str_eq(json_get_str(key, "kid"), kid))
			return true;
	}
	return false;
}

/* Whoever has the key that is current in our store is our server. */
static bool is_ours(struct visit *v)
{
	struct probe jwks =
		probe_get(v->arena, arena_printf(v->arena, STR_FMT ".well-known/jwks.json",
					    STR_ARG(v->issuer->url)));
	struct signing_key *keys;
	size_t count = 0;

	if (signing_key_list(v->conn, v->arena, &keys, &count) != OK)
		count = 0;
	for (size_t i = 0; i < count; i++)
		if (str_is(keys[i].state, "current") &&
			has_kid(v->arena, jwks.body, keys[i].kid))
			return true;
	v->verdict = arena_printf(v->arena,
		"what answers at " STR_FMT " is another server: it has other signing keys",
		STR_ARG(v->issuer->url));
	v->fix = S(
		"data: say the --data of the server that answers there, or let the URL lead to "
		"this one");
	return false;
}

/* The server says so to whom it knows to come by https, and to nobody at localhost. */
static bool knows_of_https(struct visit *v)
{
	struct url url;

	if (v->discovery.https_only || url_parse(v->issuer->url, &url) != OK ||
		!str_is(url.scheme, "https") || url_host_is_loopback(url.host))
		return true;
	v->verdict = arena_printf(v->arena,
		"the server does not know that " STR_FMT " is asked for by https, and sends no "
		"Strict-Transport-Security",
		STR_ARG(v->issuer->url));
	v->fix = S("trusted-proxy: let the proxy set X-Forwarded-Proto to https, over whatever "
		   "came, "
		   "keep Strict-Transport-Security in answers, and name its address");
	return false;
}

bool public_url_check(struct arena *a, struct db_conn *conn, const struct issuer *issuer,
	struct str *ret_verdict, struct str *ret_fix)
{
	static visit_fn *const steps[] = { answers, stays, is_a_provider, says_its_name,
		is_ours, knows_of_https };
	struct visit v = { .arena = a, .conn = conn, .issuer = issuer };

	v.discovery = discover(&v);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!steps[i](&v)) {
			*ret_verdict = v.verdict;
			*ret_fix = v.fix;
			return false;
		}
	return true;
}
