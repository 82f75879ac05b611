/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * provider: the running program as handlers see it: which tenant a request is for, and what
 * the whole process shares. Thread-safe. The tenant pointer is swapped when the
 * configuration changes; a handler takes a reference for the length of its request.
 */

#include "tenant/action_hook.h"
#include "tenant/bearer.h"
#include "tenant/tenant.h"

struct observer; /* observe/observer.h: events and traces */
struct breached; /* crypto/breached.h */

struct provider {
	struct observer *observer;
	struct actions *actions; /* what runs bound actions, and how; NULL: nothing does */
	action_run_fn *run_actions;
	action_follow_fn *follow_actions;
	bearer_read_fn *read_bearer; /* whose access token a request carries */
	bool limits;                 /* false with --no-limits */
	bool demo;                   /* tacit demo: pages say so */
	const char
		*mtls_host; /* name[:port] where clients are asked for a certificate, or NULL */
	bool mtls;          /* certificates can come: there, or in a proxy's header */
	const char *mail_sink; /* a folder that gets the mail instead of a server, or NULL */
	const struct breached *breached; /* passwords that are known to be stolen, or NULL */
	/* The tenants; touch only through the functions below. */
	struct tenant_slot *slots;
	size_t slot_count;
	struct provider_watcher *watcher;
};

/*
 * The tenant of this Host header (the only one, when there is one). Give it back with
 * tenant_unref, or declare it auto_tenant. NULL only when no tenant is loaded.
 */
struct tenant *provider_tenant(struct provider *, struct str host);
void tenant_release(struct tenant **);
#define auto_tenant __attribute__((cleanup(tenant_release))) struct tenant

/* The tenants one after the other, until NULL; given back likewise. */
struct tenant *provider_tenant_at(struct provider *, size_t);

/* Adds a tenant at start; later provider_swap puts a newly loaded one in the place of its elder
 * (by name). */
void provider_add(struct provider *, struct tenant *);
void provider_swap(struct provider *, struct tenant *);

/*
 * Starts a thread that polls configuration_version of every tenant twice a second and swaps
 * in what changed; and prunes expired rows in small batches. provider_stop ends it.
 */
enum err provider_watch(struct provider *) MUST_CHECK;
/* Ends the thread and gives the tenants back. NULL watcher is accepted. */
void provider_stop(struct provider *);

/* Asks the thread to load every tenant anew at once, changed or not (SIGHUP). */
void provider_reload(struct provider *);

/* Returns when this configuration_version of the tenant of that host is in force, or after some
 * seconds: whoever is told of a change relies on it at once. Blocks. */
void provider_await(struct provider *, struct str host, int64_t version);
