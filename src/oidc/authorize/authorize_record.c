/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_record.h"

#include "observe/metrics.h"
#include "observe/observer.h"
#include "json/json_writer.h"

typedef struct authorize_subject subject;

static const char *const states[SESSION_STATES] = {
	[SESSION_NONE] = "none",
	[SESSION_COOKIES_BLOCKED] = "cookies blocked",
	[SESSION_UNKNOWN] = "unknown",
	[SESSION_REVOKED] = "revoked",
	[SESSION_IDLE] = "idle",
	[SESSION_EXPIRED] = "expired",
	[SESSION_LIVE] = "live",
};

static const char *event_type(bool silent, bool ok)
{
	if (silent)
		return ok ? "ssa" : "fsa";
	return ok ? "s" : "f";
}

static void put_facts(struct json_writer *w, const struct authorize_found *found,
	const struct authorize_facts *f)
{
	json_put_str(w, "session", str_from(states[f->state]));
	json_put_int(w, "accounts", (int64_t)found->session_count);
	json_put_bool(w, "named_another", f->differs);
	json_put_bool(w, "ambiguous", f->ambiguous);
	json_put_int(w, "auth_age", f->auth_age);
	json_put_int(w, "max_age", f->max_age);
	json_put_bool(w, "user_blocked", f->user_blocked);
	json_put_bool(w, "action_failed", f->action_failed);
	json_put_bool(w, "action_denied", f->action_denied);
	json_put_bool(w, "action_redirect", f->action_redirect);
	json_put_opt(w, "action", found->wish.by);
	json_put_bool(w, "mfa_due", f->mfa_due);
	json_put_opt(w, "missing_scope", found->missing_scope);
}

static struct str trace_facts(const subject *s, const struct http_request *rq,
	const struct fault *fault, const struct authorize_found *found,
	const struct authorize_facts *facts)
{
	struct buf buf = buf_new(rq->arena, 512);
	struct json_writer writer = json_writer_on(&buf);
	struct json_writer *w = &writer;

	json_begin_map(w);
	json_put_bool(w, "silent", (s->request->prompt & PROMPT_NONE) != 0);
	json_put_str(
		w, "response_type", str_from(response_type_name(s->request->response_type)));
	json_put_opt(w, "redirect_origin", s->request->redirect_origin);
	json_put_opt(w, "sec_fetch_site", http_header(rq, "Sec-Fetch-Site"));
	json_put_opt(w, "sec_fetch_dest", http_header(rq, "Sec-Fetch-Dest"));
	json_put_opt(
		w, "sec_fetch_storage_access", http_header(rq, "Sec-Fetch-Storage-Access"));
	if (facts != NULL)
		put_facts(w, found, facts);
	json_put_str(w, "description", fault->description);
	json_end_map(w);
	return buf_str(&buf);
}

static struct str description_of(const struct fault *fault, bool silent)
{
	if (fault != NULL)
		return fault->description;
	return silent ? S("") : S("Session continued");
}

static void record_event(struct provider *p, const subject *s, const struct http_request *rq,
	const struct fault *fault, const struct session *session, bool silent)
{
	struct event event = {
		.at_ms = rq->now_ms,
		.type = str_from(event_type(silent, fault == NULL)),
		.description = description_of(fault, silent),
		.reason = fault != NULL ? str_from(reason_word(fault->reason)) : S(""),
		.request_id = rq->id,
		.client_id = s->client != NULL ? s->client->client_id : S(""),
		.ip = rq->remote,
		.user_agent = http_header(rq, "User-Agent"),
	};

	/* Who is asked for stays out of failures; who is signed in belongs to the success. */
	if (session != NULL && fault == NULL) {
		event.user_id = session->user_id;
		event.sid = session->sid;
	}
	observer_event(p->observer, s->tenant, &event);
}

void authorize_record(struct provider *p, const subject *s, const struct http_request *rq,
	const struct fault *fault, const struct authorize_found *found,
	const struct authorize_facts *facts)
{
	struct str client_id = s->client != NULL ? s->client->client_id : S("unknown");
	const char *reason = reason_word(fault != NULL ? fault->reason : REASON_NONE);
	bool silent = (s->request->prompt & PROMPT_NONE) != 0;
	/* The sign-in has its event: login/sign_in.c wrote it, and people are counted by it. */
	bool is_told = fault == NULL && facts != NULL && facts->just_signed_in;
	struct trace trace = {
		.request_id = rq->id,
		.at_ms = rq->now_ms,
		.route = S("authorize"),
		.client_id = client_id,
	};

	if (silent)
		metrics_count_silent(client_id, fault != NULL ? fault->error : "ok", reason);
	if (!is_told)
		record_event(p, s, rq, fault, found != NULL ? found->session : NULL, silent);
	if (fault == NULL)
		return;
	trace.outcome = str_from(fault->error);
	trace.reason = str_from(reason);
	trace.facts = trace_facts(s, rq, fault, found, facts);
	observer_trace(p->observer, s->tenant, &trace);
}
