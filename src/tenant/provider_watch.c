/* SPDX-License-Identifier: Apache-2.0 */
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "base/chore.h"
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
	SECOND_US = 1000000,
};

struct provider_watcher {
	struct provider *provider;
	struct chore *watching;
	atomic_bool reload;
	int64_t prune_at; /* monotonic microseconds */
	int64_t keys_at;  /* the same: not before, after a failure */
	int64_t tried[];  /* for each tenant, the version that was loaded, or could not be */
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

static void look(struct provider_watcher *w, bool reload)
{
	struct provider *p = w->provider;

	for (size_t i = 0; i < p->slot_count; i++) {
		struct tenant_slot *slot = &p->slots[i];
		int64_t version;

		if (configuration_version(db_reader(slot->tenant->db), &version))
			continue;
		if (reload || version != w->tried[i])
			load_again(p, slot, version, &w->tried[i]);
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

static bool watch(struct chore *chore, struct arena *a, void *arg)
{
	struct provider_watcher *w = arg;

	(void)chore;
	(void)a;
	look(w, atomic_exchange(&w->reload, false));
	rotate_keys(w);
	prune(w);
	return false;
}

enum err provider_watch(struct provider *p)
{
	struct provider_watcher *w =
		calloc(1, sizeof(*w) + p->slot_count * sizeof(w->tried[0]));
	struct chore_config config = { .turn = watch, .arg = w, .rest_ms = POLL_MS };
	enum err e;

	if (!w)
		abort();
	w->provider = p;
	w->prune_at = clock_mono_us() + PRUNE_FIRST_SECONDS * (int64_t)SECOND_US;
	for (size_t i = 0; i < p->slot_count; i++)
		w->tried[i] = p->slots[i].tenant->version;
	e = chore_start(&config, &w->watching);
	if (e == OK)
		p->watcher = w;
	else
		free(w);
	return e;
}

void provider_reload(struct provider *p)
{
	if (!p->watcher)
		return;
	atomic_store(&p->watcher->reload, true);
	chore_wake(p->watcher->watching);
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
		chore_stop(p->watcher->watching);
		free(p->watcher);
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
