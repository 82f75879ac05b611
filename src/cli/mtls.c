/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/mtls.h"

#include "tenant/issuer.h"

static const char *text_of(const struct cli *cli, enum option_id id)
{
	struct str text = option(&cli->options, id);

	return text.n > 0 ? text.p : NULL;
}

static struct str without_port(struct arena *a, struct str host)
{
	ptrdiff_t colon = str_index(host, ':');

	return arena_str(a, colon < 0 ? host : str_first(host, (size_t)colon));
}

/* A name of its own, or people would be asked for certificates. */
static int choose_host(struct cli *cli, struct str given, struct str issuer, struct mtls *m)
{
	struct arena *a = cli->arena;
	struct str origin = arena_printf(a, "https://" STR_FMT "/", STR_ARG(given));
	struct str name;

	if (issuer_check(a, origin) || str_index(given, '[') >= 0)
		return refuse("--mtls-host must be a host name, with a port if it is not the "
			      "issuer's");
	m->alias = issuer_make(a, origin).host.p;
	name = without_port(a, str_from(m->alias));
	if (str_eq(name, without_port(a, issuer_make(a, issuer).host)))
		return refuse("--mtls-host must be another name than the issuer's: browsers "
			      "would ask people for certificates");
	m->host = name.p;
	return EXIT_DONE;
}

int mtls_choose(struct cli *cli, struct str issuer, struct mtls *ret)
{
	struct str host = option(&cli->options, OPTION_MTLS_HOST);
	struct mtls m = { .ca = text_of(cli, OPTION_MTLS_CA),
		.header = text_of(cli, OPTION_MTLS_HEADER) };
	int status = EXIT_DONE;

	m.on = host.n > 0 || m.header != NULL;
	if (m.header != NULL && cli->options.values[OPTION_TRUSTED_PROXY].count == 0)
		return refuse("--mtls-header needs a --trusted-proxy that writes it");
	if (m.ca != NULL && !m.on)
		return refuse("--mtls-ca needs --mtls-host or --mtls-header");
	if (host.n > 0)
		status = choose_host(cli, host, issuer, &m);
	*ret = m;
	return status;
}
