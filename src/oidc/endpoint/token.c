/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/token.h"

#include "oidc/client/client_authentication.h"
#include "oidc/client/proof_of_possession.h"
#include "oidc/cors_oidc.h"
#include "oidc/fault_response.h"
#include "oidc/grant/grant.h"
#include "oidc/rate_limit.h"
#include "oidc/record.h"
#include "json/json_writer.h"

static const struct fault no_grant_type = { "invalid_request",
	STR_LIT("Missing required parameter: grant_type"), REASON_REQUEST_INVALID };

static const struct grant_type *const grants[] = {
	&grant_authorization_code,
	&grant_refresh_token,
	&grant_client_credentials,
	&grant_device_code,
	&grant_token_exchange,
};

static const struct grant_type *grant_of(struct str name)
{
	for (size_t i = 0; i < sizeof(grants) / sizeof(grants[0]); i++)
		if (str_is(name, grants[i]->name))
			return grants[i];
	return NULL;
}

static const struct fault *check_grant(struct arena *a, const struct client *client,
	struct str name, const struct grant_type *grant)
{
	if (name.n == 0)
		return &no_grant_type;
	if (grant == NULL)
		return fault_with(a, "unsupported_grant_type", REASON_REQUEST_INVALID,
			"Unsupported grant type: ", name, "");
	if (!(client->grant_types & grant->bit))
		return fault_with(a, "unauthorized_client", REASON_GRANT_NOT_ALLOWED,
			"Grant type '", name, "' not allowed for the client.");
	return NULL;
}

static void respond(const struct token_answer *answer, const struct http_request *rq,
	struct http_response *rs)
{
	struct buf text =
		buf_new(rq->arena, 256 + answer->access_token.token.n + answer->id_token.n +
					   answer->refresh_token.n + answer->scope.n);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "access_token", answer->access_token.token);
	if (answer->issued_token_type != NULL)
		json_put_str(&w, "issued_token_type", str_from(answer->issued_token_type));
	json_put_opt(&w, "refresh_token", answer->refresh_token);
	if (answer->refresh_expires_in > 0)
		json_put_int(&w, "refresh_expires_in", answer->refresh_expires_in);
	json_put_opt(&w, "id_token", answer->id_token);
	json_put_str(&w, "scope", answer->scope);
	json_put_int(&w, "expires_in", answer->access_token.expires_in);
	json_put_str(&w, "token_type", answer->access_token.token_type);
	json_end_map(&w);
	response_json(rs, 200, buf_str(&text));
	response_no_store(rs);
}

static struct str facts_of(
	struct arena *a, const struct params *params, const struct token_answer *answer)
{
	struct buf text = buf_new(a, 192);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_opt(&w, "grant_type", str_first(params_get(params, "grant_type"), 100));
	json_put_opt(&w, "audience", str_first(answer->audience, 200));
	json_put_opt(&w, "scope", str_first(answer->scope, 500));
	json_put_opt(&w, "action", str_first(answer->action, 100));
	json_end_map(&w);
	return buf_str(&text);
}

/* Last of the checks, since a proof that was looked at is used up. */
static enum err check_possession(
	const struct provider *op, struct token_request *rq, const struct fault **ret)
{
	struct dpop_demand demand = { .provider = op,
		.tenant = rq->tenant,
		.issuer = rq->issuer,
		.path = "oauth/token",
		.nonce_wanted = dpop_wants_nonce(rq->tenant, rq->client) };
	enum err err = proof_of_possession_read(&demand, rq->rq, &rq->possession, ret);

	if (err == OK && *ret == NULL)
		*ret = proof_of_possession_confirm(
			rq->client, &rq->possession, &rq->confirmation);
	return err;
}

/* Read, authenticate, check, redeem: *ret has a fault or tokens. */
static enum err answer_request(const struct provider *op, struct token_request *rq,
	struct params *params, struct client_authentication *who,
	const struct grant_type **ret_grant, int64_t *ret_retry_after, struct token_answer *ret)
{
	struct str name;
	enum err err;

	err = client_request_read(rq->tenant, rq->issuer, rq->rq, params, who);
	if (err != OK)
		return err;
	name = params_get(params, "grant_type");
	*ret_grant = grant_of(name);
	ret->fault = who->fault;
	if (ret->fault == NULL)
		ret->fault = check_grant(rq->rq->arena, who->client, name, *ret_grant);
	if (ret->fault == NULL)
		*ret_retry_after =
			rate_limit_take(op, rq->tenant, who->client->client_id, rq->rq);
	if (*ret_retry_after > 0)
		ret->fault = &rate_limit_fault;
	if (ret->fault != NULL)
		return OK;
	rq->params = params;
	rq->client = who->client;
	err = check_possession(op, rq, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;
	return (*ret_grant)->redeem(rq, ret);
}

static const char *event_of(const struct grant_type *grant, const struct token_answer *answer)
{
	if (answer->event != NULL)
		return answer->event;
	if (grant == NULL)
		return NULL;
	return answer->fault == NULL ? grant->succeeded : grant->failed;
}

enum err token(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	const struct grant_type *grant = NULL;
	struct client_authentication who = { 0 };
	struct token_answer answer = { 0 };
	struct params params = { 0 };
	struct token_request tr;
	int64_t retry_after = 0;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_preflight(t, rq, rs))
		return OK;
	tr = (struct token_request){
		.op = op, .rq = rq, .tenant = t, .issuer = tenant_issuer(t, rq->host)
	};
	err = answer_request(op, &tr, &params, &who, &grant, &retry_after, &answer);
	if (err != OK)
		return err;

	cors_oidc_allow(t, who.client, rq, rs);
	dpop_offer_nonce(t, rq, rs);
	if (retry_after > 0)
		response_retry_after(rs, rq->arena, retry_after);
	if (answer.fault == NULL)
		respond(&answer, rq, rs);
	else
		fault_respond_to_client(answer.fault, who.basic, tr.issuer->url, rq, rs);
	if (answer.is_waiting)
		return OK;
	record(op, t, rq,
		&(struct record){ .route = "token",
			.type = event_of(grant, &answer),
			.fault = answer.fault,
			.client_id = who.client != NULL ? who.client->client_id : S(""),
			.user_id = answer.user_id,
			.sid = answer.sid,
			.facts = facts_of(rq->arena, &params, &answer) });
	return OK;
}
