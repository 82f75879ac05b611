/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_loop.h"

#include <stdatomic.h>

#include "http/fetch_metadata.h"
#include "oidc/authorize/authorize_record.h"
#include "oidc/tenant_page.h"

enum {
	SLOTS = 4096,
	TICK_MS = 500,
	PAUSE = 10, /* ticks after which the next trip is the first of others */
	COUNT_BITS = 8,
	AT_BITS = 40,
};

static const struct fault goes_round = { "invalid_request",
	STR_LIT("The application sends the browser here again and again, and is answered each "
		"time."),
	REASON_REDIRECT_LOOP };

/* A trip packed into a word, so that a thread changes it as one. Pairs that fall on the same
 * slot begin each other's count anew: a loop among them is found later, and nothing wrongly. */
static _Atomic uint64_t slots[SLOTS];

static uint64_t pack(struct loop_trips t)
{
	return (uint64_t)t.who << (COUNT_BITS + AT_BITS) | (uint64_t)t.count << AT_BITS |
	       ((uint64_t)t.at & ((UINT64_C(1) << AT_BITS) - 1));
}

static struct loop_trips unpack(uint64_t word)
{
	return (struct loop_trips){
		.who = (uint16_t)(word >> (COUNT_BITS + AT_BITS)),
		.count = (uint8_t)(word >> AT_BITS),
		.at = (int64_t)(word & ((UINT64_C(1) << AT_BITS) - 1)),
	};
}

struct loop_trips loop_trips_next(struct loop_trips before, uint16_t who, int64_t at)
{
	if (before.count == 0 || before.who != who || at < before.at || at - before.at > PAUSE)
		return (struct loop_trips){ .who = who, .count = 1, .at = at };
	if (at > before.at && before.count < UINT8_MAX)
		before.count++;
	before.at = at;
	return before;
}

/* A page sent the browser, and nobody clicked. */
static bool is_sent_by_page(const struct http_request *rq)
{
	struct fetch_metadata fetch = fetch_metadata(rq);

	return fetch.dest == FETCH_DEST_DOCUMENT && fetch.site != FETCH_SITE_ABSENT &&
	       fetch.site != FETCH_SITE_NONE && http_header(rq, "Sec-Fetch-User").n == 0;
}

static int64_t count(const struct authorize_run *run)
{
	const struct authorize_subject *s = &run->subject;
	uint64_t hash = str_hash(run->found.session->sid) * 31 +
			str_hash(s->client->client_id) * 17 + str_hash(s->tenant->name);
	_Atomic uint64_t *slot = &slots[hash % SLOTS];
	uint64_t before = atomic_load_explicit(slot, memory_order_relaxed);
	struct loop_trips next;

	do {
		next = loop_trips_next(
			unpack(before), (uint16_t)(hash >> 48), run->rq->now_ms / TICK_MS);
		if (next.count > s->tenant->settings.redirect_loop_limit)
			next.count = 0;
	} while (!atomic_compare_exchange_weak(slot, &before, pack(next)));
	return next.count;
}

/* Where the person goes on, if they want to: the same request. */
static struct str again(const struct authorize_run *run)
{
	const struct http_request *rq = run->rq;

	if (rq->method != HTTP_GET)
		return S("");
	return arena_printf(rq->arena, STR_FMT "authorize?" STR_FMT,
		STR_ARG(run->subject.issuer->url), STR_ARG(rq->query));
}

bool authorize_loop_stop(struct authorize_run *run)
{
	bool silent = (run->request.prompt & PROMPT_NONE) != 0;

	if (silent || run->interaction != NULL || !run->provider->limits ||
		run->subject.tenant->settings.redirect_loop_limit == 0 ||
		!is_sent_by_page(run->rq) || count(run) > 0)
		return false;
	authorize_record(
		run->provider, &run->subject, run->rq, &goes_round, &run->found, &run->facts);
	tenant_page_loop(run->subject.tenant, run->rq, run->rs, again(run));
	return true;
}
