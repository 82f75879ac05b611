/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* provider_slot: where one tenant of the provider is. Used by provider*.c only. */

#include <pthread.h>

#include "tenant/provider.h"

struct tenant_slot {
	pthread_mutex_t mutex; /* guards tenant */
	uint64_t serial;       /* of this slot, never used twice */
	uint64_t version;      /* moves with each swap; atomic */
	struct tenant *tenant; /* a reference of the slot's own; changed by one thread */
};

/* Deletes what has expired, a little at a time: at most one batch of each kind. True when
 * there is more to do now. */
bool tenant_prune(const struct tenant *, int64_t now);
