/* SPDX-License-Identifier: Apache-2.0 */
#include "manage/call.h"

#include "observe/observer.h"
#include "json/json_writer.h"

static struct str why_uri(const struct call *c, const char *reason)
{
	return arena_printf(c->rq->arena, STR_FMT "why/%s?id=" STR_FMT,
		STR_ARG(tenant_issuer(c->tenant, c->rq->host)->url), reason,
		STR_ARG(c->rq->id));
}

static void trace(const struct call *c, const char *outcome, const char *reason)
{
	struct trace trace = {
		.request_id = c->rq->id,
		.at_ms = c->rq->now_ms,
		.route = str_from(c->route),
		.client_id = c->client_id,
		.outcome = str_from(outcome),
		.reason = str_from(reason),
		.facts = S("{}"),
	};

	observer_trace(c->provider->observer, c->tenant, &trace);
}

struct words {
	struct str message;
	const char *code;     /* or NULL */
	struct str attribute; /* attributes.error, or empty */
};

static void refuse(
	const struct call *c, int status, const struct words *words, const char *reason)
{
	struct buf text = buf_new(c->rq->arena, 384);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_int(&w, "statusCode", status);
	json_put_str(&w, "error", str_from(http_status_text(status)));
	json_put_str(&w, "message", words->message);
	if (words->code != NULL)
		json_put_str(&w, "errorCode", str_from(words->code));
	if (words->attribute.n > 0) {
		json_key(&w, "attributes");
		json_begin_map(&w);
		json_put_str(&w, "error", words->attribute);
		json_end_map(&w);
	}
	json_put_str(&w, "error_uri", why_uri(c, reason));
	json_end_map(&w);
	call_respond(c, status, buf_str(&text));
	c->rs->reason = reason;
}

/* Auth0's sentences, on which programs rely; ours beside them. */
static struct words words_of(const struct call *c, const struct bearer *who, struct str scopes)
{
	struct buf any = buf_new(c->rq->arena, 128);
	struct str scope;

	if (who->status == 400)
		return (struct words){ S("Bad HTTP authentication header format"), "Bearer",
			who->description };
	if (who->status == 401)
		return (struct words){ S("Invalid token"), NULL, who->description };
	if (who->status == 429)
		return (struct words){ S("Global limit has been reached"), "too_many_requests",
			S("") };
	buf_add(&any, S("Insufficient scope, expected any of: "));
	for (bool first = true; str_split(&scopes, ' ', &scope); first = false)
		buf_addf(&any, "%s" STR_FMT, first ? "" : ",", STR_ARG(scope));
	return (struct words){ buf_str(&any), "insufficient_scope", S("") };
}

enum err call_admit(struct call *c, struct str scopes)
{
	struct bearer_demand demand = { .audience = c->tenant->management_audience,
		.scopes = scopes,
		.realm = "Management API" };
	struct bearer who = { 0 };
	struct words words;
	enum err e =
		c->provider->read_bearer(c->provider, c->tenant, c->rq, &demand, c->rs, &who);

	if (e)
		return e;
	c->client_id = who.client_id;
	if (who.status == 200)
		return OK;
	words = words_of(c, &who, scopes);
	refuse(c, who.status, &words, who.reason);
	trace(c, who.error, who.reason);
	return OK;
}

void call_refuse(const struct call *c, const struct refusal *r)
{
	struct words words = { .message = str_from(r->message), .code = r->code };

	refuse(c, r->status, &words, r->reason);
	trace(c, r->code, r->reason);
}

void call_refuse_method(const struct call *c, const char *allow)
{
	static const struct refusal wrong = { 405, "invalid_method",
		"This address does not answer to that method.", "request_invalid" };

	response_header(c->rs, "Allow", str_from(allow));
	call_refuse(c, &wrong);
}

void call_respond(const struct call *c, int status, struct str json)
{
	response_json(c->rs, status, json);
	response_no_store(c->rs);
}

void call_record(const struct call *c, const char *description, struct str details)
{
	struct event event = {
		.at_ms = c->rq->now_ms,
		.type = S("sapi"),
		.description = str_from(description),
		.request_id = c->rq->id,
		.client_id = c->client_id,
		.ip = c->rq->remote,
		.user_agent = http_header(c->rq, "User-Agent"),
		.details = details,
		.weight = 1,
	};

	observer_event(c->provider->observer, c->tenant, &event);
}
