/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/grant/refresh_action.h"

#include "oidc/authorize/authorize_event.h"
#include "oidc/session/session_choice.h"
#include "oidc/session/session_method.h"
#include "tenant/audience.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

typedef struct refresh_exchange exchange;

enum { MS = 1000 };

static const struct fault failed = { "server_error", STR_LIT("An action failed"),
	REASON_ACTION_FAILED };
static const struct fault redirects = { "interaction_required",
	STR_LIT("External interaction required"), REASON_ACTION_REDIRECT };
static const struct fault mfa_required = { "mfa_required",
	STR_LIT("Multifactor authentication required"), REASON_MFA_REQUIRED };

/* Where the session is not there any more, what its tokens said of it. */
static struct str methods_of_amr(struct arena *a, const struct refresh_claims *claims)
{
	static const char *const names[] = { "pwd", "mfa" };
	struct buf b = buf_new(a, 128);
	struct json_writer w = json_writer_on(&b);

	json_begin_list(&w);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!str_has_word(claims->amr, str_from(names[i])))
			continue;
		json_begin_map(&w);
		json_put_str(&w, "name", str_from(names[i]));
		json_put_int(&w, "timestamp", claims->auth_time * MS);
		json_end_map(&w);
	}
	json_end_list(&w);
	return buf_str(&b);
}

/* The session while it lives; its methods as long as anybody knows them. */
static enum err find_session(
	const exchange *x, struct session *session, struct authorize_event *event)
{
	const struct token_request *rq = x->rq;
	struct arena *a = rq->rq->arena;
	enum err err = session_find(db_reader(rq->tenant->db), a, x->family->sid, session);

	if (err == ERR_NOT_FOUND) {
		event->methods = methods_of_amr(a, x->claims);
		return OK;
	}
	if (err != OK)
		return err;
	event->methods = session->methods;
	if (session_state_at(session, &rq->tenant->settings, rq->rq->now) == SESSION_LIVE)
		event->session = session;
	return OK;
}

static enum err describe(const exchange *x, struct str *ret, struct str *ret_methods)
{
	const struct token_request *rq = x->rq;
	struct authorize_request request = { .params = *rq->params, .scope = x->scope };
	struct authorize_subject subject = {
		.arena = rq->rq->arena,
		.tenant = rq->tenant,
		.issuer = rq->issuer,
		.client = rq->client,
		.api = tenant_audience(rq->tenant, rq->rq->arena, x->family->audience),
		.request = &request,
	};
	struct authorize_event event = { .op = rq->op,
		.subject = &subject,
		.rq = rq->rq,
		.family = x->family,
		.user = x->user,
		.silent = true,
		.by_token = true };
	struct session session;
	enum err err = find_session(x, &session, &event);

	if (err == OK)
		err = authorize_event_load(rq->rq->arena, &event);
	if (err != OK)
		return err;
	*ret = authorize_event_write(rq->rq->arena, &event);
	*ret_methods = event.methods;
	return OK;
}

static struct action_call call_of(const exchange *x, struct str event)
{
	const struct token_request *rq = x->rq;

	return (struct action_call){
		.arena = rq->rq->arena,
		.tenant = rq->tenant,
		.pipeline = &rq->tenant->post_login,
		.event = event,
		.silent = true,
		.request_id = rq->rq->id,
		.client_id = rq->client->client_id,
		.user_id = x->family->user_id,
		.sid = x->family->sid,
		.family_id = x->family->family_id,
		.ip = rq->rq->remote,
		.now = rq->rq->now,
		.now_ms = rq->rq->now_ms,
	};
}

/* Proven in the session, or excused by the browser that the token was given to. */
static bool is_mfa_missing(
	const exchange *x, const struct action_wish *wish, struct str methods)
{
	if (wish->mfa.n == 0 || session_has_method(methods, S("mfa")))
		return false;
	return !(x->claims->mfa_excused &&
		 action_wish_allows_remembering(x->rq->rq->arena, wish->mfa));
}

static const struct fault *judge(const exchange *x, const struct action_result *result,
	const struct action_wish *wish, struct str methods)
{
	struct arena *a = x->rq->rq->arena;

	if (result->failed || wish->is_too_much)
		return &failed;
	if (result->deny.n > 0 && result->ends_token)
		return fault_with(a, "invalid_grant", REASON_REFRESH_REVOKED,
			"Unknown or invalid refresh token: ", result->deny, "");
	if (result->deny.n > 0)
		return fault_with(
			a, "access_denied", REASON_ACTION_DENIED, "", result->deny, "");
	if (result->url.n > 0)
		return &redirects;
	return result->challenge.n > 0 || is_mfa_missing(x, wish, methods) ? &mfa_required
									   : NULL;
}

enum err refresh_action(const exchange *x, struct refresh_verdict *ret)
{
	const struct token_request *rq = x->rq;
	const struct provider *op = rq->op;
	struct action_result result = { 0 };
	struct str event, methods;
	struct action_call call;
	enum err err;

	*ret = (struct refresh_verdict){ .ran = false };
	if (rq->tenant->post_login.count == 0 || op->run_actions == NULL)
		return OK;
	err = describe(x, &event, &methods);
	if (err != OK)
		return err;
	call = call_of(x, event);
	err = op->run_actions(op->actions, &call, &result);
	if (err != OK)
		return err;
	ret->ran = true;
	ret->wish = action_wish_read(rq->rq->arena, result.wish, x->scope);
	ret->fault = judge(x, &result, &ret->wish, methods);
	ret->by = result.by.n > 0 ? result.by : ret->wish.mfa_by;
	return OK;
}
