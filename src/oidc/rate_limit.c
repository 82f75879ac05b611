/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/rate_limit.h"

#include <stdatomic.h>

enum { SLOTS = 4096, MINUTE_US = 60000000, US_PER_SECOND = 1000000, US_PER_MS = 1000 };

const struct fault rate_limit_fault = { "too_many_requests",
	STR_LIT("The client asks more often than the tenant allows. Try again later."),
	REASON_TOO_MANY_REQUESTS };

/* When the bucket of each slot will be empty again, in microseconds since the epoch. */
static _Atomic int64_t empty_at[SLOTS];

static _Atomic int64_t *slot_of(const struct tenant *tenant, struct str client_id)
{
	return &empty_at[(str_hash(tenant->name) * 31 + str_hash(client_id)) % SLOTS];
}

int64_t rate_limit_take(const struct provider *p, const struct tenant *tenant,
	struct str client_id, const struct http_request *rq)
{
	int64_t limit = tenant->settings.requests_per_minute;
	_Atomic int64_t *slot = slot_of(tenant, client_id);
	int64_t before = atomic_load_explicit(slot, memory_order_relaxed);
	int64_t now = rq->now_ms * US_PER_MS;
	int64_t after;

	if (limit <= 0 || !p->limits)
		return 0;
	do {
		int64_t from = before > now ? before : now;

		after = from + MINUTE_US / limit;
		if (after - now > MINUTE_US)
			return (after - now - MINUTE_US) / US_PER_SECOND + 1;
	} while (!atomic_compare_exchange_weak(slot, &before, after));
	return 0;
}
