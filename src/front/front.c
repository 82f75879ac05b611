/* SPDX-License-Identifier: Apache-2.0 */
#include "front/front.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "front/state.h"
#include "front/tls.h"

enum { SWEEP_MS = 200, DRAIN_MS = 5, LAST_WORDS_MS = 1000 };

static unsigned or_default(unsigned value, unsigned instead)
{
	return value != 0 ? value : instead;
}

static size_t or_size(size_t value, size_t instead)
{
	return value != 0 ? value : instead;
}

static void fill_defaults(struct front_config *c)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned processors = online > 0 ? (unsigned)online : 1;

	c->threads = or_default(c->threads, processors);
	c->pool_threads = or_default(c->pool_threads, processors > 2 ? 2 * processors : 4);
	c->pool_queue = or_default(c->pool_queue, 1024);
	c->connections = or_default(c->connections, 4096);
	c->connection_memory = or_size(c->connection_memory, 32 * 1024);
	c->url_max = or_size(c->url_max, 16 * 1024);
	c->header_max = or_size(c->header_max, 16 * 1024);
	c->body_max = or_size(c->body_max, 64 * 1024);
	c->request_seconds = or_default(c->request_seconds, 10);
	c->idle_seconds = or_default(c->idle_seconds, 60);
	c->send_seconds = or_default(c->send_seconds, 60);
	c->stop_seconds = or_default(c->stop_seconds, 10);
}

static enum err read_trust(struct front *front)
{
	const struct front_config *c = &front->config;

	front->trust.networks = front_zeroed(c->trusted_proxy_count, sizeof(struct network));
	for (size_t i = 0; i < c->trusted_proxy_count; i++) {
		const char *text = c->trusted_proxies[i];

		if (network_parse(str_from(text), &front->trust.networks[i]) != OK) {
			log_line(LOG_ERROR, "front", "not a network", "value", text, NULL);
			return ERR_INVALID;
		}
		front->trust.count++;
	}
	return OK;
}

static bool sweep(struct chore *chore, struct arena *arena, void *context)
{
	struct front *front = context;

	(void)chore;
	(void)arena;
	for (size_t i = 0; i < front->loop_count; i++)
		links_sweep(&front->loops[i].links, clock_mono_us(), false);
	return false;
}

static enum err start_threads(struct front *front)
{
	const struct front_config *c = &front->config;
	struct chore_config sweeping = { .turn = sweep, .arg = front, .rest_ms = SWEEP_MS };

	front->pool = pool_new(c->pool_threads, c->pool_queue, exchange_run_pooled);
	if (front->pool == NULL)
		return ERR_IO;
	if (chore_start(&sweeping, &front->sweeper) != OK)
		return ERR_IO;
	for (size_t i = 0; i < front->loop_count; i++) {
		if (loop_start(&front->loops[i]) != OK)
			return ERR_IO;
	}
	return OK;
}

/* Signals are main's business: threads that are started here never see one. */
static enum err start_threads_unsignalled(struct front *front)
{
	sigset_t all;
	sigset_t before;
	enum err err;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	err = start_threads(front);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

static enum err load_authorities(struct front *front)
{
	struct authorities *fresh;
	enum err err;

	if (front->config.mtls_ca == NULL)
		return OK;
	err = authorities_load(front->config.mtls_ca, atomic_load(&front->authorities), &fresh);
	if (err == OK)
		atomic_store(&front->authorities, fresh);
	return err;
}

enum err front_start(const struct front_config *config, const struct route *routes,
	size_t count, const struct route *admin_routes, size_t admin_count,
	struct provider *provider, struct front **ret)
{
	struct front *front = front_zeroed(1, sizeof(*front));
	enum err err;

	front->config = *config;
	fill_defaults(&front->config);
	front->limits =
		(struct guard_limits){ front->config.url_max, front->config.header_max };
	front->provider = provider;
	front->router = router_new(routes, count);
	front->admin_router = router_new(admin_routes, admin_count);
	random_bytes(&front->crowd.seed, sizeof(front->crowd.seed));

	err = read_trust(front);
	if (err == OK && config->tls_count > 0)
		err = tls_load(config->tls, config->tls_count);
	if (err == OK)
		err = load_authorities(front);
	tls_ask_clients_of(config->mtls_host);
	if (err == OK)
		err = sockets_add(front);
	if (err == OK)
		err = start_threads_unsignalled(front);
	if (err != OK) {
		front_stop(front);
		return err;
	}
	*ret = front;
	return OK;
}

unsigned front_port(const struct front *front, size_t i)
{
	return i < front->port_count ? front->ports[i] : 0;
}

size_t front_epolls(const struct front *front, int *ret, size_t most)
{
	size_t n = 0;

	while (n < most && n < front->loop_count) {
		ret[n] = loop_epoll(&front->loops[n]);
		n++;
	}
	return n;
}

unsigned front_connections(const struct front *front)
{
	unsigned n = 0;

	for (size_t i = 0; i < front->loop_count; i++)
		n += atomic_load_explicit(&front->loops[i].links.count, memory_order_relaxed);
	return n;
}

unsigned front_requests(const struct front *front)
{
	unsigned n = 0;

	for (size_t i = 0; i < front->loop_count; i++)
		n += atomic_load_explicit(&front->loops[i].requests, memory_order_acquire);
	return n;
}

enum err front_reload(struct front *front)
{
	const struct front_config *c = &front->config;
	enum err own = c->tls_count > 0 ? tls_load(c->tls, c->tls_count) : OK;
	enum err clients = load_authorities(front);

	if (own != OK)
		log_line(LOG_ERROR, "front", "the certificates stay as they were", NULL);
	if (clients != OK)
		log_line(LOG_ERROR, "front", "the authorities stay as they were", NULL);
	return own != OK ? own : clients;
}

/* Waits until nothing is being answered; connections that carry no request are cut. */
static void drain(struct front *front, int64_t ms)
{
	int64_t until = clock_mono_us() + ms * 1000;

	for (;;) {
		for (size_t i = 0; i < front->loop_count; i++)
			links_sweep(&front->loops[i].links, 0, true);
		if (front_requests(front) == 0 || clock_mono_us() >= until)
			return;
		(void)poll(NULL, 0, DRAIN_MS);
	}
}

/* What waits is suspended, and with that the library must not be stopped. */
static void await_waits(struct front *front)
{
	for (size_t i = 0; i < front->loop_count; i++)
		while (atomic_load(&front->loops[i].waits) > 0)
			(void)poll(NULL, 0, DRAIN_MS);
}

void front_stop(struct front *front)
{
	if (front == NULL)
		return;
	atomic_store(&front->stopping, true);
	for (size_t i = 0; i < front->loop_count; i++)
		loop_quiesce(&front->loops[i]);
	drain(front, (int64_t)front->config.stop_seconds * 1000 - LAST_WORDS_MS);
	if (front->config.give_up != NULL)
		front->config.give_up(front->provider);
	await_waits(front);
	if (front->pool != NULL)
		pool_close(front->pool);
	/* What the pool answered last is still on its way out. */
	drain(front, LAST_WORDS_MS);

	chore_stop(front->sweeper);
	for (size_t i = 0; i < front->loop_count; i++)
		loop_stop(&front->loops[i]);
	pool_free(front->pool);
	if (front->config.tls_count > 0)
		tls_done();
	authorities_free(front->authorities);
	router_free(front->router);
	router_free(front->admin_router);
	free(front->trust.networks);
	free(front->ports);
	free(front->loops);
	free(front);
}
