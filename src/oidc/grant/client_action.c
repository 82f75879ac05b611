/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/grant/client_action.h"

#include "oidc/authorize/authorize_event.h"
#include "tenant/provider.h"

static const struct fault failed = { "server_error", STR_LIT("An action failed"),
	REASON_ACTION_FAILED };

/* A fault's error outlives the request. */
static const char *error_of(struct str code)
{
	static const char *const errors[] = { "invalid_request", "invalid_scope",
		"invalid_target", "unauthorized_client", "server_error" };

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (str_is(code, errors[i]))
			return errors[i];
	return "access_denied";
}

static struct str describe(
	const struct token_request *rq, const struct resource_server *api, struct str scope)
{
	struct authorize_request request = { .params = *rq->params, .scope = scope };
	struct authorize_subject subject = {
		.arena = rq->rq->arena,
		.tenant = rq->tenant,
		.issuer = rq->issuer,
		.client = rq->client,
		.api = api,
		.request = &request,
	};
	struct authorize_event event = { .op = rq->op,
		.subject = &subject,
		.rq = rq->rq,
		.silent = true,
		.by_token = true };

	return client_event_write(rq->rq->arena, &event);
}

static const struct fault *judge(const struct token_request *rq,
	const struct action_result *result, const struct action_wish *wish)
{
	if (result->failed || wish->is_too_much)
		return &failed;
	if (result->deny.n == 0)
		return NULL;
	return fault_with(rq->rq->arena, error_of(result->deny_code), REASON_ACTION_DENIED, "",
		result->deny, "");
}

enum err client_action(const struct token_request *rq, const struct resource_server *api,
	struct token_answer *ret, struct action_wish *ret_wish)
{
	const struct pipeline *pipeline = &rq->tenant->credentials_exchange;
	struct action_result result = { 0 };
	struct action_call call;
	enum err err;

	*ret_wish = (struct action_wish){ .scope = ret->scope };
	if (pipeline->count == 0 || rq->op->run_actions == NULL)
		return OK;
	call = (struct action_call){
		.arena = rq->rq->arena,
		.tenant = rq->tenant,
		.pipeline = pipeline,
		.event = describe(rq, api, ret->scope),
		.silent = true,
		.request_id = rq->rq->id,
		.client_id = rq->client->client_id,
		.ip = rq->rq->remote,
		.now = rq->rq->now,
		.now_ms = rq->rq->now_ms,
	};
	err = rq->op->run_actions(rq->op->actions, &call, &result);
	if (err != OK)
		return err;
	*ret_wish = action_wish_read(rq->rq->arena, result.wish, ret->scope);
	ret->fault = judge(rq, &result, ret_wish);
	ret->action = ret->fault != NULL ? result.by : S("");
	return OK;
}
