/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * house: which host runs a tenant's pipeline. One for each pipeline of each tenant; when it is
 * replaced, the old one goes with the last call in it. Thread-safe.
 */

#include "actions/host.h"
#include "tenant/tenant.h"

struct houses;
struct house;

struct houses *houses_new(const struct host_config *);
/* Nobody may be within a house. */
void houses_free(struct houses *);

/* What is in flight ends, unanswered, and nothing is begun any more; houses_free has still to
 * follow. Does not wait. */
void houses_retire(struct houses *);

/* A tenant was loaded: its houses are made ready, those that it no longer has retire. */
void houses_follow(struct houses *, const struct tenant *);

/* For one call; to be left again. `version` of the tenant that asks. */
struct house *house_enter(
	struct houses *, struct str tenant, int64_t version, const struct pipeline *);
struct host *house_host(const struct house *);

/* Before anything is bound: the loops that call houses_look whenever they were woken. */
void houses_watch(struct houses *, const int *epolls, size_t count);
/* host_look for those with calls in flight. */
void houses_look(struct houses *);

/* host_flush for those with errands since the last time. */
void house_begun(struct houses *);
void houses_flush(struct houses *);

/* May wait for the end of processes. */
void house_leave(struct houses *, struct house *);
/* Does not, and may be called by the host's own thread: what is left of the house is put away
 * when somebody leaves the other way, or with the next tenant. */
void house_slip_out(struct houses *, struct house *);
