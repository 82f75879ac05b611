/* SPDX-License-Identifier: Apache-2.0 */
#include "login/login_event.h"

#include "observe/observer.h"

enum { USER_AGENT_MAX = 512 };

struct str login_user_agent(const struct http_request *rq)
{
	struct str agent = str_first(http_header(rq, "User-Agent"), USER_AGENT_MAX);

	return str_is_utf8(agent) ? agent : (struct str){ 0 };
}

void login_event_write(const struct flow *f, const struct login_event *e)
{
	struct event event = {
		.at_ms = f->rq->now_ms,
		.type = str_from(e->type),
		.description = str_from(e->description),
		.reason = str_from(e->reason),
		.request_id = f->rq->id,
		.client_id = f->row.client_id,
		.user_id = e->user_id,
		.sid = e->sid,
		.ip = f->rq->remote,
		.user_agent = login_user_agent(f->rq),
	};

	observer_event(f->op->observer, f->tenant, &event);
}
