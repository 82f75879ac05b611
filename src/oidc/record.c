/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/record.h"

#include "observe/observer.h"

static void record_event(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, const struct record *r)
{
	struct event event = {
		.at_ms = rq->now_ms,
		.type = str_from(r->type),
		.request_id = rq->id,
		.client_id = r->client_id,
		.user_id = r->user_id,
		.sid = r->sid,
		.ip = rq->remote,
		.user_agent = http_header(rq, "User-Agent"),
		.details = r->facts,
		.weight = 1,
	};

	if (r->fault != NULL) {
		event.description = r->fault->description;
		event.reason = str_from(reason_word(r->fault->reason));
	}
	observer_event(op->observer, t, &event);
}

static void record_trace(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, const struct record *r)
{
	struct trace trace = {
		.request_id = rq->id,
		.at_ms = rq->now_ms,
		.route = str_from(r->route),
		.client_id = r->client_id,
		.outcome = str_from(r->fault->error),
		.reason = str_from(reason_word(r->fault->reason)),
		.facts = r->facts.n > 0 ? r->facts : S("{}"),
	};

	observer_trace(op->observer, t, &trace);
}

void record(const struct provider *op, const struct tenant *t, const struct http_request *rq,
	const struct record *r)
{
	if (r->type != NULL)
		record_event(op, t, rq, r);
	if (r->fault != NULL)
		record_trace(op, t, rq, r);
}
