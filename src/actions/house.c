/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/house.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct house {
	struct house *next;
	char *tenant;
	unsigned char digest[SHA256_SIZE];
	struct host *host;
	unsigned guests; /* calls within it */
	bool retired;    /* goes with its last guest */
	bool closed;     /* nobody enters any more: its processes are ending */
};

/* Up to which version a tenant was followed: what an older one still asks for is for it alone.
 */
struct followed {
	struct followed *next;
	char *tenant;
	int64_t version;
};

struct houses {
	struct host_config host;
	struct host_watch watch;
	pthread_mutex_t lock; /* guards what follows */
	struct house *first;
	struct followed *followed;
	bool retired;      /* all there are, and all that come */
	atomic_bool begun; /* an errand waits to be sent */
};

struct houses *houses_new(const struct host_config *config)
{
	struct houses *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->host = *config;
	a->host.watch = &a->watch;
	(void)pthread_mutex_init(&a->lock, NULL);
	return a;
}

static void house_free(struct house *h)
{
	host_free(h->host);
	free(h->tenant);
	free(h);
}

void houses_free(struct houses *a)
{
	while (a->first != NULL) {
		struct house *h = a->first;

		a->first = h->next;
		house_free(h);
	}
	while (a->followed != NULL) {
		struct followed *f = a->followed;

		a->followed = f->next;
		free(f->tenant);
		free(f);
	}
	for (size_t i = 0; i < atomic_load(&a->watch.count); i++)
		(void)close(a->watch.epolls[i]);
	(void)pthread_mutex_destroy(&a->lock);
	free(a);
}

void houses_retire(struct houses *a)
{
	(void)pthread_mutex_lock(&a->lock);
	a->retired = true;
	for (struct house *h = a->first; h != NULL; h = h->next)
		host_retire(h->host);
	(void)pthread_mutex_unlock(&a->lock);
}

struct host *house_host(const struct house *h)
{
	return h->host;
}

static struct house *build(struct houses *a, struct str tenant, const struct pipeline *p)
{
	struct house *h = calloc(1, sizeof(*h));

	if (h == NULL)
		abort();
	h->tenant = strndup(tenant.p, tenant.n);
	memcpy(h->digest, p->digest, sizeof(h->digest));
	h->host = host_new(&a->host, p);
	if (a->retired)
		host_retire(h->host);
	h->next = a->first;
	a->first = h;
	return h;
}

/* What nobody is in and nobody will enter again is taken out of the list. */
static struct house *take_empty(struct houses *a)
{
	struct house **at = &a->first;
	struct house *empty;

	(void)pthread_mutex_lock(&a->lock);
	while (*at != NULL && (!(*at)->retired || (*at)->guests > 0))
		at = &(*at)->next;
	empty = *at;
	if (empty != NULL)
		*at = empty->next;
	(void)pthread_mutex_unlock(&a->lock);
	return empty;
}

static bool runs(const struct house *h, const struct pipeline *p)
{
	return p->count > 0 && memcmp(h->digest, p->digest, sizeof(h->digest)) == 0;
}

/* Its record, made where there is none. */
static struct followed *followed_of(struct houses *a, struct str tenant)
{
	struct followed *f = a->followed;

	while (f != NULL && !str_is(tenant, f->tenant))
		f = f->next;
	if (f != NULL)
		return f;
	f = calloc(1, sizeof(*f));
	if (f == NULL)
		abort();
	f->tenant = strndup(tenant.p, tenant.n);
	f->next = a->followed;
	a->followed = f;
	return f;
}

static struct house *find(struct houses *a, struct str tenant, const struct pipeline *p)
{
	struct house *h = a->first;

	while (h != NULL && (h->closed || !str_is(tenant, h->tenant) || !runs(h, p)))
		h = h->next;
	return h;
}

struct house *house_enter(
	struct houses *a, struct str tenant, int64_t version, const struct pipeline *p)
{
	struct house *h;

	(void)pthread_mutex_lock(&a->lock);
	h = find(a, tenant, p);
	if (h == NULL) {
		h = build(a, tenant, p);
		h->retired = version < followed_of(a, tenant)->version;
	}
	h->guests++;
	(void)pthread_mutex_unlock(&a->lock);
	return h;
}

void house_leave(struct houses *a, struct house *house)
{
	struct house *empty;

	(void)pthread_mutex_lock(&a->lock);
	house->guests--;
	(void)pthread_mutex_unlock(&a->lock);
	empty = take_empty(a);
	if (empty != NULL)
		house_free(empty);
}

void house_begun(struct houses *a)
{
	atomic_store_explicit(&a->begun, true, memory_order_release);
}

/* With the lock, since an empty house may be put away by anybody. */
static void leave(struct house *h)
{
	h->guests--;
	if (!h->retired || h->guests > 0)
		return;
	h->closed = true;
	host_retire(h->host);
}

void house_slip_out(struct houses *a, struct house *house)
{
	(void)pthread_mutex_lock(&a->lock);
	leave(house);
	(void)pthread_mutex_unlock(&a->lock);
}

/* Enters the one behind `before`, or the first, and leaves that; NULL behind the last. */
static struct house *next_house(struct houses *a, struct house *before)
{
	struct house *next;

	(void)pthread_mutex_lock(&a->lock);
	next = before != NULL ? before->next : a->first;
	if (next != NULL)
		next->guests++;
	if (before != NULL)
		leave(before);
	(void)pthread_mutex_unlock(&a->lock);
	return next;
}

/* Without the lock: whoever gets a message may take the processor, and its answer want in. */
void houses_flush(struct houses *a)
{
	if (!atomic_exchange_explicit(&a->begun, false, memory_order_acquire))
		return;
	for (struct house *h = next_house(a, NULL); h != NULL; h = next_house(a, h))
		host_flush(h->host);
}

/* Copies, which stay whole when the loops have ended. */
void houses_watch(struct houses *a, const int *epolls, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count && n < HOST_EPOLLS_MOST; i++) {
		a->watch.epolls[n] = fcntl(epolls[i], F_DUPFD_CLOEXEC, 0);
		if (a->watch.epolls[n] >= 0)
			n++;
	}
	atomic_store(&a->watch.count, n);
}

void houses_look(struct houses *a)
{
	if (atomic_load(&a->watch.in_flight) == 0)
		return;
	for (struct house *h = next_house(a, NULL); h != NULL; h = next_house(a, h))
		host_look(h->host);
}

static void build_missing(struct houses *a, struct str tenant, const struct pipeline *p)
{
	if (p->count > 0 && find(a, tenant, p) == NULL)
		(void)build(a, tenant, p);
}

void houses_follow(struct houses *a, const struct tenant *t)
{
	struct house *empty;

	(void)pthread_mutex_lock(&a->lock);
	followed_of(a, t->name)->version = t->version;
	for (struct house *h = a->first; h != NULL; h = h->next)
		if (str_is(t->name, h->tenant))
			h->retired = h->closed || (!runs(h, &t->post_login) &&
							  !runs(h, &t->credentials_exchange));
	build_missing(a, t->name, &t->post_login);
	build_missing(a, t->name, &t->credentials_exchange);
	(void)pthread_mutex_unlock(&a->lock);
	while ((empty = take_empty(a)) != NULL)
		house_free(empty);
}
