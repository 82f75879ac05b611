/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/document.h"
#include "tenant/key_rotation.h"
#include "tenant/provider_slot.h"

enum {
	POLL_MS = 400, /* the contract: acted on within a second, loading included */
	PRUNE_SECONDS = 60,
	PRUNE_FIRST_SECONDS = 10,
	PRUNE_AGAIN_SECONDS = 1,
	KEYS_AGAIN_SECONDS = 60,
	AWAIT_MS = 5,
	AWAIT_TIMES = 600,
	MS_NS = 1000000,
	SECOND_NS = 1000000000,
	SECOND_US = 1000000,
};

struct provider_watcher {
	struct provider *provider;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool stop;
	bool reload;
	int64_t prune_at; /* monotonic microseconds */
	int64_t keys_at;  /* the same: not before, after a failure */
};

/* What cannot be loaded is not tried again until it has changed again. */
static void load_again(
	struct provider *p, struct tenant_slot *slot, int64_t version, int64_t *tried)
{
	struct tenant *fresh = NULL;
	enum err e;

	*tried = version;
	e = tenant_load_again(slot->tenant, &fresh);
	if (e) {
		log_line(LOG_ERROR, "tenant",
			"the changed configuration cannot be used; the one before stays",
			"reason", err_name(e), NULL);
		return;
	}
	*tried = fresh->version;
	provider_swap(p, fresh);
	log_line(LOG_INFO, "tenant", "configuration loaded", NULL);
}

static void look(struct provider *p, int64_t *tried, bool reload)
{
	for (size_t i = 0; i < p->slot_count; i++) {
		struct tenant_slot *slot = &p->slots[i];
		int64_t version;

		if (configuration_version(db_reader(slot->tenant->db), &version))
			continue;
		if (reload || version != tried[i])
			load_again(p, slot, version, &tried[i]);
	}
}

/* What fails is tried again a minute later: keys are dear to make. */
static void rotate_keys(struct provider_watcher *w)
{
	int64_t now = clock_mono_us();

	if (now < w->keys_at)
		return;
	for (size_t i = 0; i < w->provider->slot_count; i++) {
		const struct tenant *t = w->provider->slots[i].tenant;
		enum err e;

		if (clock_now() < t->keys_due_at)
			continue;
		e = key_rotation_run(t, clock_now());
		if (!e)
			continue;
		log_line(LOG_ERROR, "tenant", "the signing keys could not be rotated", "reason",
			err_name(e), NULL);
		w->keys_at = now + KEYS_AGAIN_SECONDS * (int64_t)SECOND_US;
	}
}

static void prune(struct provider_watcher *w)
{
	int64_t now = clock_mono_us();
	bool more = false;

	if (now < w->prune_at)
		return;
	for (size_t i = 0; i < w->provider->slot_count; i++)
		more = tenant_prune(w->provider->slots[i].tenant, clock_now()) || more;
	w->prune_at = now + (more ? PRUNE_AGAIN_SECONDS : PRUNE_SECONDS) * (int64_t)SECOND_US;
}

static void wait_a_little(struct provider_watcher *w)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += POLL_MS * (long)MS_NS;
	if (until.tv_nsec >= SECOND_NS) {
		until.tv_nsec -= SECOND_NS;
		until.tv_sec++;
	}
	if (!w->stop && !w->reload)
		pthread_cond_timedwait(&w->wake, &w->mutex, &until);
}

static void *watch(void *arg)
{
	struct provider_watcher *w = arg;
	struct provider *p = w->provider;
	int64_t *tried = calloc(p->slot_count + 1, sizeof(*tried));

	if (!tried)
		abort();
	for (size_t i = 0; i < p->slot_count; i++)
		tried[i] = p->slots[i].tenant->version;
	pthread_mutex_lock(&w->mutex);
	while (!w->stop) {
		bool reload = w->reload;

		w->reload = false;
		pthread_mutex_unlock(&w->mutex);
		look(p, tried, reload);
		rotate_keys(w);
		prune(w);
		pthread_mutex_lock(&w->mutex);
		wait_a_little(w);
	}
	pthread_mutex_unlock(&w->mutex);
	free(tried);
	return NULL;
}

static void watcher_free(struct provider_watcher *w)
{
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->mutex);
	free(w);
}

enum err provider_watch(struct provider *p)
{
	struct provider_watcher *w = calloc(1, sizeof(*w));
	pthread_condattr_t monotonic;

	if (!w)
		abort();
	w->provider = p;
	w->prune_at = clock_mono_us() + PRUNE_FIRST_SECONDS * (int64_t)SECOND_US;
	pthread_mutex_init(&w->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&w->thread, NULL, watch, w)) {
		watcher_free(w);
		return ERR_IO;
	}
	p->watcher = w;
	return OK;
}

static void tell(struct provider_watcher *w, bool *what)
{
	pthread_mutex_lock(&w->mutex);
	*what = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->mutex);
}

void provider_reload(struct provider *p)
{
	if (p->watcher)
		tell(p->watcher, &p->watcher->reload);
}

void provider_await(struct provider *p, struct str host, int64_t version)
{
	const struct timespec a_little = { .tv_nsec = AWAIT_MS * MS_NS };

	provider_reload(p);
	for (int i = 0; i < AWAIT_TIMES; i++) {
		auto_tenant *now = provider_tenant(p, host);

		if (now == NULL || now->version >= version)
			return;
		nanosleep(&a_little, NULL);
	}
}

void provider_stop(struct provider *p)
{
	if (p->watcher) {
		tell(p->watcher, &p->watcher->stop);
		pthread_join(p->watcher->thread, NULL);
		watcher_free(p->watcher);
		p->watcher = NULL;
	}
	for (size_t i = 0; i < p->slot_count; i++) {
		tenant_unref(p->slots[i].tenant);
		pthread_mutex_destroy(&p->slots[i].mutex);
	}
	free(p->slots);
	p->slots = NULL;
	p->slot_count = 0;
}
