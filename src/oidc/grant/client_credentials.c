/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/grant/client_action.h"

#include "oidc/token/resource.h"

static const struct fault for_confidential = { "unauthorized_client",
	STR_LIT("The grant client_credentials needs a client that authenticates"),
	REASON_GRANT_NOT_ALLOWED };
static const struct fault no_audience = { "invalid_request",
	STR_LIT("Missing required parameter: audience"), REASON_REQUEST_INVALID };
static const struct fault one_by_one = { "invalid_target",
	STR_LIT("The resources have grants of their own: ask for them one by one."),
	REASON_REQUEST_INVALID };

static const struct fault *check(const struct token_request *rq, struct str audience,
	const struct resource_server *api, const struct client_grant *grant)
{
	struct arena *a = rq->rq->arena;

	if (rq->client->auth_method == AUTH_NONE)
		return &for_confidential;
	if (audience.n == 0)
		return &no_audience;
	if (api == NULL)
		return grant_service_not_found(a, audience);
	if (grant == NULL)
		return fault_with(a, "access_denied", REASON_GRANT_NOT_ALLOWED,
			"Client is not authorized to access '", audience,
			"'. You need to create a client-grant associated to this API.");
	if (!grant_covers(grant->scope, params_get(rq->params, "scope")))
		return fault_with(a, "invalid_scope", REASON_GRANT_NOT_ALLOWED,
			"The client-grant does not have all of the scopes: ",
			params_get(rq->params, "scope"), "");
	return NULL;
}

static enum err redeem(const struct token_request *rq, struct token_answer *ret)
{
	struct resources resources = resources_read(rq->params);
	struct str audience = grant_audience(rq->params);
	struct str scope = params_get(rq->params, "scope");
	const struct resource_server *api;
	const struct client_grant *grant;
	struct access_token_request wanted;
	struct action_wish wish;
	enum err err;

	if (audience.n == 0)
		audience = rq->tenant->settings.default_audience;
	api = tenant_resource_server(rq->tenant, audience);
	grant = tenant_client_grant(rq->tenant, rq->client->client_id, audience);
	ret->audience = audience;
	ret->fault = resources.count > 1 ? &one_by_one : check(rq, audience, api, grant);
	if (ret->fault != NULL)
		return OK;

	ret->scope = scope.n > 0 ? scope : grant->scope;
	err = client_action(rq, api, ret, &wish);
	if (err != OK || ret->fault != NULL)
		return err;
	ret->scope = wish.scope;
	wanted = (struct access_token_request){
		.tenant = rq->tenant,
		.client = rq->client,
		.api = api,
		.issuer = rq->issuer->url,
		.subject = arena_printf(
			rq->rq->arena, STR_FMT "@clients", STR_ARG(rq->client->client_id)),
		.scope = ret->scope,
		.custom = wish.access_claims,
		.gty = "client-credentials",
		.confirmation = rq->confirmation,
		.now = rq->rq->now,
	};
	return access_token_make(&wanted, rq->rq->arena, &ret->access_token);
}

const struct grant_type grant_client_credentials = {
	.name = "client_credentials",
	.bit = GRANT_CLIENT_CREDENTIALS,
	.succeeded = "seccft",
	.failed = "feccft",
	.redeem = redeem,
};
