/* SPDX-License-Identifier: Apache-2.0 */

/* tacit demo: `tacit serve` with a tenant, a folder and apps of its own. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "cli/demo_certificate.h"
#include "cli/demo_pages.h"
#include "cli/serve.h"
#include "routes.h"

/* Every `what` in `text` becomes `with`. */
static struct str replace(struct arena *a, struct str text, struct str what, struct str with)
{
	struct buf out = buf_new(a, text.n + text.n / 4);
	ptrdiff_t at;

	for (at = str_find(text, what); at >= 0; at = str_find(text, what)) {
		buf_add(&out, str_first(text, (size_t)at));
		buf_add(&out, with);
		text = str_after(text, (size_t)at + what.n);
	}
	buf_add(&out, text);
	return buf_str(&out);
}

/* The file is written for http and port 8400; both become the real ones. */
static struct str tenant_text(struct arena *a, struct str scheme, unsigned port)
{
	struct str text = replace(a, demo_tenant_text(), S("\"http://"),
		arena_printf(a, "\"" STR_FMT "://", STR_ARG(scheme)));

	return replace(a, text, S(":8400"), arena_printf(a, ":%u", port));
}

static void set_default(struct cli *cli, enum option_id id, struct str value)
{
	struct option_value *v = &cli->options.values[id];

	if (v->count == 0)
		v->list[v->count++] = value;
}

/* The data folder without a slash behind it. */
static struct str data_folder(struct cli *cli)
{
	struct str folder = option(&cli->options, OPTION_DATA);

	while (folder.n > 1 && str_ends(folder, S("/")))
		folder.n--;
	return arena_str(cli->arena, folder);
}

static int make_certificate(struct cli *cli, struct demo_certificate *ret)
{
	struct arena *a = cli->arena;
	struct str folder = data_folder(cli);

	if (mkdir(folder.p, 0700) != 0 && errno != EEXIST)
		return refuse("cannot make the data folder %s: %s (--data)", folder.p,
			strerror(errno));
	if (demo_certificate_prepare(a, arena_printf(a, STR_FMT "/", STR_ARG(folder)),
		    demo_hosts, demo_host_count, ret))
		return refuse("cannot make a certificate in %s", folder.p);
	return EXIT_DONE;
}

/* The apps' rows come before the server's own. */
static const struct route *all_routes(struct arena *a)
{
	struct route *all = arena_array(a, struct route, demo_route_count + route_count);

	memcpy(all, demo_routes, demo_route_count * sizeof(*all));
	memcpy(all + demo_route_count, routes, route_count * sizeof(*all));
	return all;
}

static void welcome(struct cli *cli, struct str issuer)
{
	struct str folder = data_folder(cli);

	printf("\n"
	       "  Open      " STR_FMT "\n"
	       "  Sign in   ana@example.com or ben@example.com, password quiet-please\n",
		STR_ARG(issuer));
	if (option_on(&cli->options, OPTION_TLS))
		printf("  Trust     " STR_FMT "/authority.pem, in the browser; it vouches for "
		       "names below localhost only\n",
			STR_ARG(folder));
	printf("  Data in   " STR_FMT "\n"
	       "  Stop with Ctrl-C.\n\n",
		STR_ARG(folder));
	fflush(stdout);
}

int cmd_demo(struct cli *cli)
{
	bool https = option_on(&cli->options, OPTION_TLS);
	struct demo_certificate certificate = { 0 };
	struct serve_extra extra = { .demo = true,
		.issuer = https ? S("https://auth.north.localhost:0/")
				: S("http://auth.north.localhost:0/"),
		.tenant_text = tenant_text,
		.routes = all_routes(cli->arena),
		.route_count = demo_route_count + route_count,
		.welcome = welcome };

	set_default(cli, OPTION_DATA, S("./tacit-demo"));
	set_default(cli, OPTION_LISTEN, S("127.0.0.1:8400"));
	if (https) {
		int status = make_certificate(cli, &certificate);

		if (status)
			return status;
		extra.cert_file = certificate.cert_file.p;
		extra.key_file = certificate.key_file.p;
	}
	return serve(cli, &extra);
}
