/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo_pages.h"

#include "base/buf.h"
#include "cli/demo_answers_js.h"
#include "cli/demo_app_html.h"
#include "cli/demo_app_js.h"
#include "cli/demo_demo_css.h"
#include "cli/demo_home_html.h"
#include "cli/demo_home_js.h"
#include "cli/demo_places_js.h"
#include "cli/demo_silent_js.h"
#include "cli/demo_tenant_yaml.h"
#include "cli/demo_view_js.h"
#include "tenant/provider.h"

#define TEXT(name)                     \
	{                              \
		name, sizeof(name) - 1 \
	}

static const struct str home_page = TEXT(demo_home_html);
static const struct str app_page = TEXT(demo_app_html);

static const char css[] = "text/css; charset=utf-8";
static const char javascript[] = "text/javascript; charset=utf-8";

/* clang-format off */
static const struct file {
	const char *name;
	const char *type;
	struct str text;
} files[] = {
	{ "demo.css",   css,        TEXT(demo_demo_css) },
	{ "answers.js", javascript, TEXT(demo_answers_js) },
	{ "app.js",     javascript, TEXT(demo_app_js) },
	{ "home.js",    javascript, TEXT(demo_home_js) },
	{ "places.js",  javascript, TEXT(demo_places_js) },
	{ "silent.js",  javascript, TEXT(demo_silent_js) },
	{ "view.js",    javascript, TEXT(demo_view_js) },
};
/* clang-format on */

enum { ISSUER_HOSTS = 2 };

const char *const demo_hosts[] = {
	"auth.north.localhost",
	"auth.south.localhost",
	"notes.north.localhost",
	"shop.south.localhost",
	"trips.east.localhost",
};
const size_t demo_host_count = sizeof(demo_hosts) / sizeof(demo_hosts[0]);

struct str demo_tenant_text(void)
{
	return (struct str)TEXT(demo_tenant_yaml);
}

static bool is_app(struct str host)
{
	ptrdiff_t colon = str_index(host, ':');
	struct str name = colon < 0 ? host : str_first(host, (size_t)colon);

	for (size_t i = ISSUER_HOSTS; i < demo_host_count; i++)
		if (str_is(name, demo_hosts[i]))
			return true;
	return false;
}

/* Scripts and styles of our own, frames of and requests to our issuers, and nothing else. */
static struct str policy(struct arena *a, const struct tenant *tenant)
{
	struct buf origins = buf_new(a, 128);

	for (size_t i = 0; i < tenant->issuer_count; i++)
		buf_addf(&origins, " " STR_FMT, STR_ARG(tenant->issuers[i].origin));
	return arena_printf(a,
		"default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
		"connect-src%s; frame-src%s; base-uri 'none'; form-action 'none'; "
		"frame-ancestors 'none'",
		origins.p, origins.p);
}

static void answer(struct http_response *rs, const char *type, struct str text)
{
	rs->status = 200;
	rs->body = text;
	rs->body_static = true;
	response_header(rs, "Content-Type", str_from(type));
	response_header(rs, "Cache-Control", S("no-cache"));
}

static enum err demo_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = provider_tenant(op, rq->host);
	bool is_home;

	if (!tenant)
		return ERR_BUSY;
	is_home = str_eq(rq->host, tenant->issuers[0].host);
	if (!is_home && !is_app(rq->host)) {
		response_redirect(rs, 302, arena_str(rq->arena, tenant->issuers[0].url));
		return OK;
	}
	answer(rs, "text/html; charset=utf-8", is_home ? home_page : app_page);
	response_header(rs, "Content-Security-Policy", policy(rq->arena, tenant));
	response_header(rs, "X-Frame-Options", S("DENY"));
	return OK;
}

static enum err demo_file(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	(void)op;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!str_is(rq->tail, files[i].name))
			continue;
		answer(rs, files[i].type, files[i].text);
		return OK;
	}
	response_text(rs, 404, S("There is no such file.\n"));
	return OK;
}

const struct route demo_routes[] = {
	{ "/", HTTP_GET | HTTP_HEAD, demo_page, INLINE, FORM_PAGE, "demo", 0 },
	{ "/demo/*", HTTP_GET | HTTP_HEAD, demo_file, INLINE, FORM_PAGE, "demo", 0 },
};
const size_t demo_route_count = sizeof(demo_routes) / sizeof(demo_routes[0]);
