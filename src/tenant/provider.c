/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/provider.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "tenant/provider_slot.h"

/*
 * How a handler gets its tenant without a lock. Each thread keeps a reference of its own to
 * the tenants that it saw last, and beside it the version of the slot at that time. While
 * the slot's version is the same, that reference keeps the tenant alive, and one more can
 * be taken from it safely. Only when the version has moved (a swap) does the thread take
 * the slot's mutex. Without the thread's own reference a reader could load the pointer,
 * be put to sleep, and wake up to count in freed memory.
 */
enum { CACHED_SLOTS = 4 };

struct cached {
	const struct tenant_slot *slot;
	uint64_t serial; /* of the slot: an address may be used again */
	uint64_t version;
	struct tenant *tenant;
};

static _Thread_local struct cached cache[CACHED_SLOTS];
static pthread_key_t cache_key;
static pthread_once_t cache_once = PTHREAD_ONCE_INIT;

static void give_back(void *at)
{
	struct cached *c = at;

	for (size_t i = 0; i < CACHED_SLOTS; i++)
		tenant_release(&c[i].tenant);
}

static void make_key(void)
{
	if (pthread_key_create(&cache_key, give_back))
		abort();
}

void tenant_release(struct tenant **t)
{
	tenant_unref(*t);
	*t = NULL;
}

/* The slot's tenant under its mutex, kept for this thread. */
static void refresh(struct cached *c, struct tenant_slot *slot)
{
	pthread_once(&cache_once, make_key);
	pthread_setspecific(cache_key, cache);
	tenant_release(&c->tenant);
	pthread_mutex_lock(&slot->mutex);
	c->slot = slot;
	c->serial = slot->serial;
	c->version = slot->version;
	c->tenant = tenant_ref(slot->tenant);
	pthread_mutex_unlock(&slot->mutex);
}

static struct tenant *slot_tenant(struct provider *p, size_t i)
{
	struct tenant_slot *slot = &p->slots[i];
	struct cached *c = &cache[i % CACHED_SLOTS];

	if (c->slot != slot || c->serial != slot->serial ||
		c->version != __atomic_load_n(&slot->version, __ATOMIC_ACQUIRE))
		refresh(c, slot);
	return c->tenant;
}

struct tenant *provider_tenant(struct provider *p, struct str host)
{
	if (p->slot_count == 0)
		return NULL;
	for (size_t i = 1; i < p->slot_count; i++) {
		struct tenant *t = slot_tenant(p, i);

		for (size_t j = 0; j < t->issuer_count; j++)
			if (str_eq_nocase(t->issuers[j].host, host))
				return tenant_ref(t);
	}
	return tenant_ref(slot_tenant(p, 0));
}

struct tenant *provider_tenant_at(struct provider *p, size_t i)
{
	return i < p->slot_count ? tenant_ref(slot_tenant(p, i)) : NULL;
}

void provider_add(struct provider *p, struct tenant *t)
{
	static uint64_t serial;
	struct tenant_slot *slots =
		realloc(p->slots, (p->slot_count + 1) * sizeof(struct tenant_slot));

	if (!slots)
		abort();
	assert(!p->watcher);
	p->slots = slots;
	slots[p->slot_count] = (struct tenant_slot){
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.serial = __atomic_add_fetch(&serial, 1, __ATOMIC_RELAXED),
		.version = 1,
		.tenant = t,
	};
	p->slot_count++;
}

static struct tenant_slot *slot_named(struct provider *p, struct str name)
{
	for (size_t i = 0; i < p->slot_count; i++)
		if (str_eq(p->slots[i].tenant->name, name))
			return &p->slots[i];
	return NULL;
}

void provider_swap(struct provider *p, struct tenant *t)
{
	struct tenant_slot *slot = slot_named(p, t->name);
	struct tenant *elder;

	assert(slot);
	pthread_mutex_lock(&slot->mutex);
	elder = slot->tenant;
	slot->tenant = t;
	__atomic_add_fetch(&slot->version, 1, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&slot->mutex);
	if (p->follow_actions)
		p->follow_actions(p->actions, t);
	tenant_unref(elder);
}
