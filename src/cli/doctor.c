/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>

#include "base/url.h"
#include "cli/place.h"
#include "cli/print.h"
#include "cli/public_url.h"
#include "store/document.h"
#include "tenant/client.h"
#include "tenant/issuer.h"
#include "tenant/site.h"

/*
 * The doctor walks a silent request as the server would, from the client's record to the
 * browser's cookie rules, and stops at the first thing that ends it. Each step is a row. The
 * last one goes to the issuer's URL from outside; without a client it is the only one, for each
 * issuer.
 */
struct patient {
	struct arena *arena;
	struct db_conn *conn;
	struct str client_id;
	struct str origin; /* as browsers write it */
	struct client client;
	bool client_found;
	const struct issuer *issuers;
	size_t issuer_count;
	const struct issuer *issuer; /* the one on the origin's site */
	struct str verdict;
	struct str fix;
};

/* False: it cannot work; verdict and fix say so. */
typedef bool step_fn(struct patient *);

static struct str text(struct patient *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static struct str text(struct patient *p, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	return arena_str(p->arena, str_from(line));
}

static bool client_is_known(struct patient *p)
{
	if (p->client_found)
		return true;
	p->verdict = text(p, "there is no client " STR_FMT ": every request of it is refused",
		STR_ARG(p->client_id));
	p->fix = text(p,
		"client_id: use one of `tacit client list`, or make it: tacit client create "
		"client_id=" STR_FMT " app_type=spa",
		STR_ARG(p->client_id));
	return false;
}

static bool client_is_enabled(struct patient *p)
{
	if (p->client.enabled)
		return true;
	p->verdict = text(p, "the client " STR_FMT " is disabled", STR_ARG(p->client_id));
	p->fix = text(p, "enabled: tacit client update " STR_FMT " enabled=true",
		STR_ARG(p->client_id));
	return false;
}

static bool client_may_ask(struct patient *p)
{
	if (p->client.grant_types & (GRANT_AUTHORIZATION_CODE | GRANT_IMPLICIT))
		return true;
	p->verdict = text(p, "the client " STR_FMT " may not use /authorize at all",
		STR_ARG(p->client_id));
	p->fix = text(p,
		"grant_types: tacit client update " STR_FMT " grant_types+=authorization_code",
		STR_ARG(p->client_id));
	return false;
}

static bool origin_is_registered(struct patient *p)
{
	if (client_has_web_origin(&p->client, p->origin))
		return true;
	p->verdict = text(p,
		STR_FMT " is not a web origin of the client " STR_FMT
			": no message may be posted to it",
		STR_ARG(p->origin), STR_ARG(p->client_id));
	p->fix = text(p, "web_origins: tacit client update " STR_FMT " web_origins+=" STR_FMT,
		STR_ARG(p->client_id), STR_ARG(p->origin));
	return false;
}

static bool callback_is_there(struct patient *p)
{
	for (size_t i = 0; i < p->client.callbacks.count; i++)
		if (client_callback_is_on(p->client.callbacks.list[i], p->origin))
			return true;
	p->verdict = text(p,
		"no callback of the client " STR_FMT " is on " STR_FMT
		": its requests have no redirect_uri that is registered",
		STR_ARG(p->client_id), STR_ARG(p->origin));
	p->fix = text(p, "callbacks: tacit client update " STR_FMT " callbacks+=" STR_FMT "/",
		STR_ARG(p->client_id), STR_ARG(p->origin));
	return false;
}

static bool cookie_is_possible(struct patient *p)
{
	const char *must = issuer_check(p->arena, p->issuers[0].url);

	if (!must)
		return true;
	p->verdict = text(p, "no browser keeps the session cookie of " STR_FMT,
		STR_ARG(p->issuers[0].url));
	p->fix = text(p, "issuer: it %s", must);
	return false;
}

static bool site_is_shared(struct patient *p)
{
	struct str site = site_of(p->arena, p->origin);

	for (size_t i = 0; i < p->issuer_count; i++)
		if (site_is_same(p->arena, p->origin, p->issuers[i].origin)) {
			p->issuer = &p->issuers[i];
			return true;
		}
	p->verdict = text(p,
		"silent authentication fails in browsers that withhold third-party "
		"cookies: " STR_FMT " and the issuer " STR_FMT " are two sites",
		STR_ARG(p->origin), STR_ARG(p->issuers[0].url));
	p->fix = text(p,
		"customDomains: add a host name on " STR_FMT " (such as auth." STR_FMT
		", with the scheme of the app) and let the app use it as "
		"its issuer",
		STR_ARG(site), STR_ARG(site));
	return false;
}

static bool issuer_is_reached(struct patient *p)
{
	return public_url_check(p->arena, p->conn, p->issuer, &p->verdict, &p->fix);
}

static step_fn *const steps[] = {
	client_is_known,
	client_is_enabled,
	client_may_ask,
	origin_is_registered,
	callback_is_there,
	cookie_is_possible,
	site_is_shared,
	issuer_is_reached,
};

static bool examine_issuers(struct patient *p)
{
	if (!cookie_is_possible(p))
		return false;
	for (size_t i = 0; i < p->issuer_count; i++) {
		p->issuer = &p->issuers[i];
		if (!issuer_is_reached(p))
			return false;
	}
	p->verdict = text(p, "the server is reached at its issuer " STR_FMT "%s",
		STR_ARG(p->issuers[0].url), p->issuer_count > 1 ? " and its others" : "");
	return true;
}

static bool examine(struct patient *p)
{
	if (p->client_id.n == 0)
		return examine_issuers(p);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (!steps[i](p))
			return false;
	p->verdict = text(p,
		"silent authentication works for " STR_FMT " with the client " STR_FMT
		" at the issuer " STR_FMT,
		STR_ARG(p->origin), STR_ARG(p->client_id), STR_ARG(p->issuer->url));
	return true;
}

static int load_client(struct db_conn *conn, struct patient *p)
{
	struct document row;
	const struct json *body;
	struct str why = S("it is not JSON");
	enum err e = document_find(conn, p->arena, DOCUMENT_CLIENT, p->client_id, &row);

	if (e == ERR_NOT_FOUND)
		return EXIT_DONE;
	if (e)
		return refuse("the store cannot be read");
	if (json_parse(p->arena, row.body, &body, &why) ||
		client_read(p->arena, row.body, body, &p->client, &why))
		return refuse("the client's record cannot be used: " STR_FMT, STR_ARG(why));
	p->client_found = true;
	return EXIT_DONE;
}

static int load_issuers(struct db_conn *conn, struct patient *p, struct str issuer)
{
	struct document row;
	const struct json *body = NULL;
	struct settings settings;
	struct str why = S("it is not JSON");

	if (issuer.n == 0)
		return refuse("no server was started here yet: say --issuer");
	if (!document_find(conn, p->arena, DOCUMENT_SETTINGS, S("tenant"), &row) &&
		json_parse(p->arena, row.body, &body, &why))
		return refuse("the settings cannot be used: " STR_FMT, STR_ARG(why));
	if (settings_read(p->arena, body, &settings, &why))
		return refuse("the settings cannot be used: " STR_FMT, STR_ARG(why));
	p->issuers = issuers_make(p->arena, issuer, settings.domains);
	p->issuer_count = settings.domains.count + 1;
	if (p->issuers[0].url.n == 0)
		return refuse("--issuer must be a URL");
	return EXIT_DONE;
}

static int read_names(struct cli *cli, struct patient *p)
{
	struct str origin = option(&cli->options, OPTION_ORIGIN);
	struct url url;

	p->client_id = option(&cli->options, OPTION_CLIENT);
	if (p->client_id.n == 0 && origin.n == 0)
		return EXIT_DONE;
	if (p->client_id.n == 0 || origin.n == 0) {
		refuse("say which app: --client ID --origin URL");
		return EXIT_USAGE;
	}
	if (url_parse(origin, &url) || url_origin(p->arena, &url).n == 0)
		return refuse("--origin must be a URL like https://app.example");
	p->origin = url_origin(p->arena, &url);
	return EXIT_DONE;
}

static void print_json(struct cli *cli, const struct patient *p, bool works)
{
	struct buf b = buf_new(cli->arena, 512);
	struct json_writer w = json_writer_on(&b);
	ptrdiff_t colon = str_index(p->fix, ':');

	json_begin_map(&w);
	json_put_bool(&w, "works", works);
	json_put_str(&w, "verdict", p->verdict);
	if (!works) {
		json_put_str(&w, "field", str_first(p->fix, (size_t)colon));
		json_put_str(&w, "fix", p->fix);
	}
	json_end_map(&w);
	print_text(buf_str(&b));
}

int cmd_doctor(struct cli *cli)
{
	auto_place place = { 0 };
	struct patient p = { .arena = cli->arena };
	bool works;
	int status = read_names(cli, &p);

	if (!status)
		status = place_open(cli, PLACE_EXISTS, &place);
	p.conn = status ? NULL : db_reader(place.db);
	if (!status && p.client_id.n > 0)
		status = load_client(p.conn, &p);
	if (!status)
		status = load_issuers(p.conn, &p, place.issuer);
	if (status)
		return status;
	works = examine(&p);
	if (option_on(&cli->options, OPTION_JSON)) {
		print_json(cli, &p, works);
	} else {
		print_text(p.verdict);
		if (!works)
			print_text(text(&p, "fix: " STR_FMT, STR_ARG(p.fix)));
	}
	return works ? EXIT_DONE : EXIT_REFUSED;
}
