/* SPDX-License-Identifier: Apache-2.0 */

/*
 * RFC 8693: a token for a token. Off unless the client's token_exchange says what for. Rules
 * (docs/decisions/0024): the client proves itself; the token is its own, of a client that it
 * names, or for an API that it stands for; what comes of it is an access token for one API,
 * with scopes that the policy has, never longer good than what came, and it says who acts.
 */

#include "oidc/grant/grant.h"
#include "oidc/token/exchange_token.h"
#include "oidc/token/resource.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum { ACTORS_MOST = 5 };

static const struct fault for_confidential = { "unauthorized_client",
	STR_LIT("The grant token-exchange needs a client that authenticates"),
	REASON_GRANT_NOT_ALLOWED };
static const struct fault no_subject = { "invalid_request",
	STR_LIT("Missing required parameter: subject_token or subject_token_type"),
	REASON_REQUEST_INVALID };
static const struct fault half_an_actor = { "invalid_request",
	STR_LIT("actor_token and actor_token_type are only of use together"),
	REASON_REQUEST_INVALID };
static const struct fault only_access_tokens = { "invalid_request",
	STR_LIT("The requested_token_type is not one that can be had: only access tokens are"),
	REASON_REQUEST_INVALID };
static const struct fault no_target = { "invalid_target",
	STR_LIT("The request must name one audience or resource"), REASON_REQUEST_INVALID };
static const struct fault not_its_token = { "invalid_request",
	STR_LIT("The client may not exchange this subject_token"), REASON_GRANT_NOT_ALLOWED };
static const struct fault not_its_actor = { "invalid_request",
	STR_LIT("The actor_token was not issued to this client"), REASON_GRANT_NOT_ALLOWED };
static const struct fault other_actor = { "invalid_request",
	STR_LIT("The subject_token names another party that may act"),
	REASON_GRANT_NOT_ALLOWED };
static const struct fault too_many_actors = { "invalid_request",
	STR_LIT("The subject_token has been through too many hands"),
	REASON_GRANT_NOT_ALLOWED };

struct exchange {
	const struct token_request *rq;
	struct exchange_token subject;
	struct exchange_token actor;
	bool has_actor;
	const struct exchange_target *target;
	const struct resource_server *api;
	struct str scope;
	struct str act;
};

static bool list_has(struct str_list list, struct str value)
{
	for (size_t i = 0; i < list.count; i++)
		if (str_eq(list.list[i], value))
			return true;
	return false;
}

static bool stands_for(const struct exchange *x)
{
	const struct str_list *own = &x->rq->client->exchange.subject_audiences;

	for (size_t i = 0; x->subject.is_access_token && i < own->count; i++)
		if (audience_has(x->rq->tenant, x->subject.audience, own->list[i]))
			return true;
	return false;
}

static bool wants_jwt(const struct token_request *rq)
{
	return str_is(params_get(rq->params, "requested_token_type"), TOKEN_TYPE "jwt");
}

static const struct fault *check_request(const struct token_request *rq)
{
	struct str wanted = params_get(rq->params, "requested_token_type");
	bool has_actor = params_get(rq->params, "actor_token").n > 0;

	if (rq->client->auth_method == AUTH_NONE)
		return &for_confidential;
	if (params_get(rq->params, "subject_token").n == 0 ||
		params_get(rq->params, "subject_token_type").n == 0)
		return &no_subject;
	if (has_actor != (params_get(rq->params, "actor_token_type").n > 0))
		return &half_an_actor;
	if (wanted.n > 0 && !wants_jwt(rq) && !str_is(wanted, TOKEN_TYPE "access_token"))
		return &only_access_tokens;
	return NULL;
}

/* Of the client's policy; what is not there cannot be had, and is not told apart. */
static const struct fault *find_target(struct exchange *x)
{
	const struct token_request *rq = x->rq;
	struct resources resources = resources_read(rq->params);
	struct str audience = grant_audience(rq->params);
	const struct fault *fault = resources_check(
		rq->tenant, rq->rq->arena, &resources, params_get(rq->params, "audience"));

	if (fault != NULL)
		return fault;
	if (audience.n == 0 || resources.count > 1)
		return &no_target;
	for (size_t i = 0; i < rq->client->exchange.target_count; i++)
		if (str_eq(rq->client->exchange.targets[i].audience, audience))
			x->target = &rq->client->exchange.targets[i];
	x->api = tenant_resource_server(rq->tenant, audience);
	if (x->target == NULL || x->api == NULL)
		return fault_with(rq->rq->arena, "invalid_target", REASON_GRANT_NOT_ALLOWED,
			"The client may not exchange tokens for ", audience, "");
	if (x->api->opaque && wants_jwt(rq))
		return &only_access_tokens;
	return NULL;
}

static const struct fault *check_parties(const struct exchange *x)
{
	const struct client *client = x->rq->client;

	if (!str_eq(x->subject.client_id, client->client_id) &&
		!list_has(client->exchange.subject_clients, x->subject.client_id) &&
		!stands_for(x))
		return &not_its_token;
	if (x->has_actor && !str_eq(x->actor.client_id, client->client_id))
		return &not_its_actor;
	return NULL;
}

/* For the API that the token is good for already, no more than it has; for another one the
 * policy alone can say, since the person has not been asked about it. */
static bool may_have(const struct exchange *x, struct str word)
{
	bool same = audience_has(x->rq->tenant, x->subject.audience, x->api->identifier);

	return str_has_word(x->target->scope, word) &&
	       resource_server_has_scope(x->api, word) &&
	       (!same || str_has_word(x->subject.scope, word));
}

static const struct fault *choose_scope(struct exchange *x)
{
	struct str asked = params_get(x->rq->params, "scope");
	struct str rest = asked.n > 0 ? asked : x->target->scope;
	struct buf out = buf_new(x->rq->rq->arena, rest.n + 1);
	struct str word;

	while (str_split(&rest, ' ', &word)) {
		if (word.n == 0 || str_has_word(buf_str(&out), word))
			continue;
		if (!may_have(x, word) && asked.n > 0)
			return fault_with(x->rq->rq->arena, "invalid_scope",
				REASON_GRANT_NOT_ALLOWED,
				"The token cannot be exchanged for the scope ", word, "");
		if (!may_have(x, word))
			continue;
		if (out.n > 0)
			buf_addc(&out, ' ');
		buf_add(&out, word);
	}
	x->scope = buf_str(&out);
	return NULL;
}

/* Who acts, as the API will know them: the client itself where no other is named. */
static struct str actor_subject(const struct exchange *x)
{
	const struct token_request *rq = x->rq;

	if (x->has_actor)
		return subject_for(rq->tenant, rq->client, rq->rq->arena, x->actor.subject);
	return arena_printf(rq->rq->arena, STR_FMT "@clients", STR_ARG(rq->client->client_id));
}

/* RFC 8693, 4.4: every member that it has must be the actor's. */
static const struct fault *check_may_act(const struct exchange *x)
{
	const struct json *may = NULL;
	bool fits = true;

	if (x->subject.may_act.n == 0)
		return NULL;
	if (json_parse(x->rq->rq->arena, x->subject.may_act, &may, NULL) != OK ||
		may->count == 0)
		return &other_actor;
	json_each(member, may)
	{
		struct str is = str_is(member->key, "sub")         ? actor_subject(x)
				: str_is(member->key, "client_id") ? x->rq->client->client_id
				: str_is(member->key, "iss")       ? x->subject.issuer
								   : S("");

		fits = fits && is.n > 0 && member->type == JSON_STR && str_eq(member->str, is);
	}
	return fits ? NULL : &other_actor;
}

static size_t count_actors(const struct json *act)
{
	size_t n = 0;

	for (; act != NULL && act->type == JSON_MAP; act = json_get(act, "act"))
		n++;
	return n;
}

/* RFC 8693, 4.1: the actor, and within it those who acted before. */
static const struct fault *write_act(struct exchange *x)
{
	struct buf text = buf_new(x->rq->rq->arena, 128);
	struct json_writer w = json_writer_on(&text);
	const struct json *before = NULL;

	if (x->subject.act.n > 0 &&
		json_parse(x->rq->rq->arena, x->subject.act, &before, NULL) != OK)
		return &too_many_actors;
	if (count_actors(before) >= ACTORS_MOST)
		return &too_many_actors;
	/* Whom the token has passed through is not forgotten, even where nobody is added. */
	if (!x->has_actor && x->rq->client->exchange.impersonation) {
		x->act = x->subject.act;
		return NULL;
	}
	json_begin_map(&w);
	json_put_str(&w, "sub", actor_subject(x));
	json_put_str(&w, "client_id", x->rq->client->client_id);
	if (before != NULL)
		json_put_raw(&w, "act", x->subject.act);
	json_end_map(&w);
	x->act = buf_str(&text);
	return NULL;
}

static const struct fault *check(struct exchange *x)
{
	const struct fault *fault = check_parties(x);

	if (fault == NULL)
		fault = check_may_act(x);
	if (fault == NULL)
		fault = find_target(x);
	if (fault == NULL)
		fault = choose_scope(x);
	return fault == NULL ? write_act(x) : fault;
}

static enum err load(struct exchange *x, const struct fault **ret_fault)
{
	const struct token_request *rq = x->rq;
	struct str actor = params_get(rq->params, "actor_token");
	enum err err = exchange_token_read(rq->tenant, rq->rq, &rq->possession, "subject_token",
		params_get(rq->params, "subject_token_type"),
		params_get(rq->params, "subject_token"), &x->subject, ret_fault);

	x->has_actor = actor.n > 0;
	if (err != OK || *ret_fault != NULL || !x->has_actor)
		return err;
	return exchange_token_read(rq->tenant, rq->rq, &rq->possession, "actor_token",
		params_get(rq->params, "actor_token_type"), actor, &x->actor, ret_fault);
}

static enum err issue(const struct exchange *x, struct token_answer *ret)
{
	const struct token_request *rq = x->rq;
	struct access_token_request wanted = {
		.tenant = rq->tenant,
		.client = rq->client,
		.api = x->api,
		.issuer = rq->issuer->url,
		.subject = x->subject.subject,
		.sid = x->subject.sid,
		.scope = x->scope,
		.handle = x->subject.handle,
		.gty = "token-exchange",
		.confirmation = rq->confirmation,
		.act = x->act,
		.not_after = x->subject.expires_at,
		.now = rq->rq->now,
	};

	ret->scope = x->scope;
	ret->issued_token_type = wants_jwt(rq) ? TOKEN_TYPE "jwt" : TOKEN_TYPE "access_token";
	return access_token_make(&wanted, rq->rq->arena, &ret->access_token);
}

static enum err redeem(const struct token_request *rq, struct token_answer *ret)
{
	struct exchange x = { .rq = rq };
	enum err err;

	ret->audience = grant_audience(rq->params);
	ret->fault = check_request(rq);
	if (ret->fault != NULL)
		return OK;
	err = load(&x, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;
	ret->user_id = x.subject.subject;
	ret->sid = x.subject.sid;
	ret->fault = check(&x);
	return ret->fault == NULL ? issue(&x, ret) : OK;
}

const struct grant_type grant_token_exchange = {
	.name = "urn:ietf:params:oauth:grant-type:token-exchange",
	.bit = GRANT_TOKEN_EXCHANGE,
	.succeeded = "secte",
	.failed = "fecte",
	.redeem = redeem,
};
