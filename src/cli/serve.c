/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/actions.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/apply.h"
#include "cli/front_fault.h"
#include "cli/gauges.h"
#include "cli/kept.h"
#include "cli/listen.h"
#include "cli/mtls.h"
#include "cli/place.h"
#include "crypto/breached.h"
#include "crypto/password.h"
#include "front/front.h"
#include "notify/fetch.h"
#include "notify/notify.h"
#include "observe/access_log.h"
#include "observe/metrics.h"
#include "observe/observer.h"
#include "oidc/endpoint/protected_resource.h"
#include "oidc/logout/back_channel.h"
#include "routes.h"
#include "tenant/issuer.h"
#include "tenant/provider.h"

enum {
	EVENT_SAMPLES_PER_SECOND = 200, /* of one client, type and reason */
	HASHES_WAITING = 64,
	THREADS_MOST = 256,
	EPOLLS_MOST = 64,
	POOL_THREADS_LEAST = 16,
	US_PER_MS = 1000,
	PAIRS_MOST = OPTION_VALUES_MOST,
};

struct server {
	struct cli *cli;
	const struct serve_extra *extra;
	struct place place;
	struct listen listen;
	struct listen admin;
	struct str issuer;
	struct front_certificate tls[PAIRS_MOST];
	size_t tls_count;
	const char *proxies[OPTION_VALUES_MOST];
	struct mtls mtls;
	struct provider provider;
	struct breached *breached;
	struct notify *notify;
	struct chore *back_channel;
	struct front *front;
	struct kept *kept;
};

static const struct option_value *values(const struct server *s, enum option_id id)
{
	return &s->cli->options.values[id];
}

static int prepare_listeners(struct server *s)
{
	static const struct str usual = STR_LIT("127.0.0.1:8080");
	const struct option_value *given = values(s, OPTION_LISTEN);
	const struct option_value *admin = values(s, OPTION_ADMIN_LISTEN);
	struct arena *a = s->cli->arena;
	struct str why;

	if (listen_prepare(a, given->count ? given->list : &usual,
		    given->count ? given->count : 1, true, &s->listen, &why))
		return refuse("--listen %s", why.p);
	if (listen_prepare(a, admin->list, admin->count, false, &s->admin, &why))
		return refuse("--admin-listen %s", why.p);
	return EXIT_DONE;
}

/* What only an isolated server may do. */
static int check_loopback(struct server *s)
{
	bool loopback = s->listen.loopback && s->admin.loopback;
	bool moved;

	if (!clock_offset_take(&moved))
		return refuse("TACIT_CLOCK_OFFSET must be a number of seconds");
	if (moved && !loopback)
		return refuse("TACIT_CLOCK_OFFSET is for tests: it is refused unless every "
			      "--listen and --admin-listen is a loopback address");
	s->provider.limits = !option_on(&s->cli->options, OPTION_NO_LIMITS);
	if (!s->provider.limits && !loopback)
		return refuse("--no-limits is refused unless every --listen and "
			      "--admin-listen is a loopback address");
	return EXIT_DONE;
}

/* Port 0 in the issuer stands for the real one. */
static struct str with_port(struct arena *a, struct str issuer, unsigned port)
{
	ptrdiff_t at = str_find(issuer, S(":0/"));

	if (str_ends(issuer, S(":0")))
		at = (ptrdiff_t)issuer.n - 2;
	if (at < 0)
		return issuer;
	return arena_printf(a, STR_FMT ":%u" STR_FMT, STR_ARG(str_first(issuer, (size_t)at)),
		port, STR_ARG(str_after(issuer, (size_t)at + 2)));
}

static int choose_issuer(struct server *s)
{
	struct arena *a = s->cli->arena;
	struct str given = option(&s->cli->options, OPTION_ISSUER);
	const char *must;

	if (given.n == 0)
		given = s->extra->issuer;
	if (given.n == 0)
		given = s->tls_count ? S("https://localhost:0/") : S("http://localhost:0/");
	given = with_port(a, given, s->listen.port);
	if (!str_ends(given, S("/")))
		given = arena_printf(a, STR_FMT "/", STR_ARG(given));
	must = issuer_check(a, given);
	if (must)
		return refuse("--issuer " STR_FMT " %s", STR_ARG(given), must);
	s->issuer = issuer_make(a, given).url;
	return EXIT_DONE;
}

static int choose_certificates(struct server *s)
{
	const struct option_value *certs = values(s, OPTION_TLS_CERT);
	const struct option_value *keys = values(s, OPTION_TLS_KEY);

	if (certs->count != keys->count)
		return refuse("--tls-cert and --tls-key come in pairs");
	for (size_t i = 0; i < certs->count; i++)
		s->tls[i] = (struct front_certificate){ certs->list[i].p, keys->list[i].p };
	s->tls_count = certs->count;
	if (s->tls_count == 0 && s->extra->cert_file)
		s->tls[s->tls_count++] =
			(struct front_certificate){ s->extra->cert_file, s->extra->key_file };
	return EXIT_DONE;
}

static int choose_access_log(struct server *s)
{
	static const struct {
		const char *word;
		enum access_log_mode mode;
	} modes[] = { { "failures", ACCESS_LOG_FAILURES }, { "all", ACCESS_LOG_ALL },
		{ "off", ACCESS_LOG_OFF } };
	struct str given = option(&s->cli->options, OPTION_ACCESS_LOG);

	if (given.n == 0)
		return EXIT_DONE;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (str_is(given, modes[i].word)) {
			access_log_set(modes[i].mode);
			return EXIT_DONE;
		}
	return refuse("--access-log must be failures, all or off");
}

/* What accounts take from this machine. */
static int choose_account_files(struct server *s)
{
	struct str sink = option(&s->cli->options, OPTION_MAIL_SINK);
	struct str list = option(&s->cli->options, OPTION_BREACHED);

	if (sink.n > 0)
		s->provider.mail_sink = sink.p;
	if (list.n == 0)
		return EXIT_DONE;
	if (breached_open(list.p, &s->breached))
		return refuse("--breached-passwords " STR_FMT
			      " cannot be used: it must be sorted lines of SHA-1, or at most "
			      "64 MiB of passwords, one a line",
			STR_ARG(list));
	s->provider.breached = s->breached;
	return EXIT_DONE;
}

static int apply_files(struct server *s)
{
	struct arena *a = s->cli->arena;
	struct str path = option(&s->cli->options, OPTION_TENANT_FILE);
	struct apply_source source = { .name = "demo" };
	int status = EXIT_DONE;

	if (s->extra->tenant_text) {
		source.text = s->extra->tenant_text(
			a, s->tls_count ? S("https") : S("http"), s->listen.port);
		status = apply_quietly(s->cli, &s->place, &source, s->issuer);
	}
	if (status || path.n == 0)
		return status;
	return apply_quietly(
		s->cli, &s->place, &(struct apply_source){ .path = path }, s->issuer);
}

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n > 0 ? (unsigned)n : 1;
}

/* Actions are waited for there, and may be bound at any time. */
static unsigned pool_threads(void)
{
	unsigned twice = 2 * processors();

	return twice > POOL_THREADS_LEAST ? twice : POOL_THREADS_LEAST;
}

static void prepare_actions(struct server *s)
{
	struct actions_config config = { .observer = s->provider.observer,
		.slow_most = pool_threads() * 3 / 4 };

	s->provider.actions = actions_new(&config);
	s->provider.run_actions = actions_run;
	s->provider.follow_actions = actions_follow;
}

static void look_for_actions(struct provider *provider)
{
	if (provider->actions != NULL)
		actions_look(provider->actions);
}

static void flush_actions(struct provider *provider)
{
	if (provider->actions != NULL)
		actions_flush(provider->actions);
}

static void retire_actions(struct provider *provider)
{
	if (provider->actions != NULL)
		actions_retire(provider->actions);
}

/* Not before the front listens: whatever is forked while that looks whether its address is free
 * has a copy of the socket for a moment, and then the address seems to be taken. */
static void start_actions(struct server *s)
{
	auto_tenant *t = provider_tenant(&s->provider, (struct str){ 0 });
	int epolls[EPOLLS_MOST];

	actions_watch(s->provider.actions, epolls, front_epolls(s->front, epolls, EPOLLS_MOST));
	if (t)
		actions_follow(s->provider.actions, t);
}

static int load_provider(struct server *s)
{
	struct tenant *t;

	if (tenant_load(s->place.db, S("default"), s->issuer, s->place.secrets,
		    s->place.secret_count, &t))
		return refuse("the tenant cannot be loaded; the log says why");
	provider_add(&s->provider, t);
	s->provider.demo = s->extra->demo;
	s->provider.read_bearer = protected_resource_read;
	s->provider.observer = observer_new(EVENT_SAMPLES_PER_SECOND);
	prepare_actions(s);
	if (provider_watch(&s->provider) || notify_start(&s->provider, &s->notify) ||
		back_channel_start(&s->provider, &s->back_channel))
		return refuse("no thread can be had");
	return EXIT_DONE;
}

static int read_threads(struct server *s, unsigned *ret)
{
	struct str given = option(&s->cli->options, OPTION_THREADS);
	int64_t n = 0;

	if (given.n && (!str_digits(given, THREADS_MOST, &n) || n == 0))
		return refuse("--threads must be from 1 to %d", THREADS_MOST);
	*ret = (unsigned)n;
	return EXIT_DONE;
}

static int start_front(struct server *s)
{
	const struct option_value *proxies = values(s, OPTION_TRUSTED_PROXY);
	struct front_config config = {
		.listen = s->listen.addresses,
		.listen_count = s->listen.count,
		.admin_listen = s->admin.addresses,
		.admin_listen_count = s->admin.count,
		.inherited = s->listen.inherited,
		.inherited_count = s->listen.inherited_count,
		.tls = s->tls,
		.tls_count = s->tls_count,
		.pool_threads = pool_threads(),
		.trusted_proxies = s->proxies,
		.trusted_proxy_count = proxies->count,
		.mtls_host = s->mtls.host,
		.mtls_ca = s->mtls.ca,
		.mtls_header = s->mtls.header,
		.fault = front_fault,
		.before_turn = look_for_actions,
		.after_turn = flush_actions,
		.give_up = retire_actions,
	};
	const struct serve_extra *extra = s->extra;
	int status = read_threads(s, &config.threads);

	if (status)
		return status;
	for (size_t i = 0; i < proxies->count; i++)
		s->proxies[i] = proxies->list[i].p;
	if (front_start(&config, extra->routes ? extra->routes : routes,
		    extra->routes ? extra->route_count : route_count, admin_routes,
		    admin_route_count, &s->provider, &s->front))
		return refuse("the server cannot listen; the log says why");
	listen_release(&s->listen);
	listen_release(&s->admin);
	gauges_begin(&s->provider, s->place.db, &s->front);
	return EXIT_DONE;
}

static void set_limits(void)
{
	password_set_limit(processors(), HASHES_WAITING);
	fetch_set_limit(pool_threads() / 2);
}

static int start(struct server *s)
{
	int status = choose_access_log(s);

	if (!status)
		status = prepare_listeners(s);
	if (!status)
		status = check_loopback(s);
	if (!status)
		status = choose_certificates(s);
	if (!status)
		status = choose_issuer(s);
	if (!status)
		status = mtls_choose(s->cli, s->issuer, &s->mtls);
	if (!status)
		status = choose_account_files(s);
	s->provider.mtls = s->mtls.on;
	s->provider.mtls_host = s->mtls.alias;
	if (!status)
		status = place_open(s->cli, PLACE_MAKE, &s->place);
	if (status)
		return status;
	set_limits();
	db_observe_writes(metrics_store_write);
	status = apply_files(s);
	if (!status)
		status = load_provider(s);
	if (!status)
		status = start_front(s);
	if (!status)
		start_actions(s);
	if (!status && place_set_issuer(s->cli->arena, &s->place, s->issuer))
		log_line(LOG_WARN, "serve", "cannot remember the issuer for commands", NULL);
	return status;
}

static void stop(struct server *s)
{
	front_stop(s->front);
	s->front = NULL;
	gauges_end();
	kept_end(s->kept);
	chore_stop(s->back_channel);
	notify_stop(s->notify);
	/* The watcher follows actions, so it goes before they do. */
	provider_stop(&s->provider);
	actions_free(s->provider.actions);
	observer_free(s->provider.observer);
	place_close(&s->place);
	breached_close(s->breached);
	listen_release(&s->listen);
	listen_release(&s->admin);
}

static void reload(struct server *s)
{
	log_line(LOG_INFO, "serve", "reloading", NULL);
	(void)apply_files(s);
	provider_reload(&s->provider);
	(void)front_reload(s->front);
}

/* Blocked in every thread, so that one sigwait sees them. */
static void block_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
	sigaddset(ret, SIGHUP);
	pthread_sigmask(SIG_BLOCK, ret, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static void wait_for_end(struct server *s, const sigset_t *signals)
{
	for (;;) {
		int number = 0;

		if (sigwait(signals, &number) != 0)
			continue;
		if (number != SIGHUP)
			return;
		reload(s);
	}
}

int serve(struct cli *cli, const struct serve_extra *extra)
{
	int64_t began = clock_mono_us();
	struct server s = { .cli = cli, .extra = extra };
	sigset_t signals;
	int status;

	block_signals(&signals);
	status = start(&s);
	if (!status) {
		printf("tacit ready " STR_FMT " in %lld ms\n", STR_ARG(s.issuer),
			(long long)((clock_mono_us() - began) / US_PER_MS));
		if (extra->welcome)
			extra->welcome(cli, s.issuer);
		fflush(stdout);
		s.kept = kept_count(&s.provider);
		wait_for_end(&s, &signals);
	}
	stop(&s);
	return status;
}

int cmd_serve(struct cli *cli)
{
	return serve(cli, &(struct serve_extra){ 0 });
}
