/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/protected_resource.h"

#include "oidc/client/dpop.h"
#include "oidc/rate_limit.h"
#include "oidc/token/presented_token.h"
#include "tenant/audience.h"

static const struct fault no_token = { "invalid_token", STR_LIT("No access token was sent"),
	REASON_TOKEN_INVALID };
static const struct fault no_scheme = { "invalid_request",
	STR_LIT("The Authorization header is not Bearer or DPoP with an access token"),
	REASON_REQUEST_INVALID };
static const struct fault elsewhere = { "invalid_token",
	STR_LIT("The token is for another audience than this API"), REASON_TOKEN_INVALID };
static const struct fault no_client = { "invalid_token",
	STR_LIT("The token is not one that a client got for itself (client_credentials)"),
	REASON_TOKEN_INVALID };
static const struct fault no_scope = { "insufficient_scope",
	STR_LIT("The token, or the client's grant by now, does not have the scope"),
	REASON_TOKEN_INVALID };

struct asking {
	const struct provider *op;
	const struct tenant *tenant;
	const struct http_request *rq;
	const struct bearer_demand *demand;
	struct presented_token presented;
	int64_t retry_after;
};

static const struct fault *read_token(struct asking *q)
{
	presented_token_read(q->rq, &q->presented);
	if (q->presented.token.n > 0)
		return NULL;
	return http_header(q->rq, "Authorization").n > 0 ? &no_scheme : &no_token;
}

/* "CLIENT@clients" of the client that it was given to: not a person, and not an exchanged one.
 */
static bool is_clients_own(const struct asking *q)
{
	const struct access_token_facts *facts = &q->presented.facts;

	return q->presented.client != NULL && q->presented.client->enabled &&
	       facts->sid.n == 0 && facts->act.n == 0 &&
	       str_eq(facts->subject, arena_printf(q->rq->arena, STR_FMT "@clients",
					      STR_ARG(facts->client_id)));
}

static bool has_scope(const struct asking *q)
{
	const struct access_token_facts *facts = &q->presented.facts;
	const struct client_grant *grant =
		tenant_client_grant(q->tenant, facts->client_id, q->demand->audience);
	struct str rest = q->demand->scopes;
	struct str scope;

	while (grant != NULL && str_split(&rest, ' ', &scope))
		if (str_has_word(facts->scope, scope) && str_has_word(grant->scope, scope))
			return true;
	return false;
}

static const struct fault *check(struct asking *q)
{
	if (!audience_has(q->tenant, q->presented.facts.audience, q->demand->audience))
		return &elsewhere;
	if (!is_clients_own(q))
		return &no_client;
	q->retry_after = rate_limit_take(q->op, q->tenant, q->presented.facts.client_id, q->rq);
	if (q->retry_after > 0)
		return &rate_limit_fault;
	return has_scope(q) ? NULL : &no_scope;
}

static int status_of(const struct fault *fault)
{
	if (fault == NULL)
		return 200;
	if (fault == &no_scheme)
		return 400;
	if (fault == &rate_limit_fault)
		return 429;
	return fault == &no_scope ? 403 : 401;
}

static void add_headers(
	const struct asking *q, const struct fault *fault, struct http_response *rs)
{
	struct arena *a = q->rq->arena;
	struct str challenge = presented_token_challenge(q->tenant, q->rq, &q->presented,
		q->demand->realm, fault == &no_token ? NULL : fault);

	dpop_offer_nonce(q->tenant, q->rq, rs);
	if (fault == NULL)
		return;
	if (fault == &rate_limit_fault) {
		response_retry_after(rs, a, q->retry_after);
		return;
	}
	if (fault == &no_scope)
		challenge = arena_printf(a, STR_FMT ", scope=\"" STR_FMT "\"",
			STR_ARG(challenge), STR_ARG(q->demand->scopes));
	response_header(rs, "WWW-Authenticate", challenge);
}

enum err protected_resource_read(const struct provider *op, const struct tenant *t,
	const struct http_request *rq, const struct bearer_demand *demand,
	struct http_response *rs, struct bearer *ret)
{
	struct asking q = { .op = op, .tenant = t, .rq = rq, .demand = demand };
	const struct fault *fault = read_token(&q);
	enum err err = OK;

	if (fault == NULL)
		err = presented_token_open(t, rq, &q.presented, &fault);
	if (err == OK && fault == NULL)
		fault = check(&q);
	if (err == OK && fault == NULL)
		err = presented_token_check_possession(op, t, rq,
			arena_cstr(rq->arena, str_after(rq->path, 1)), &q.presented, &fault);
	if (err != OK)
		return err;
	add_headers(&q, fault, rs);
	*ret = (struct bearer){ .client_id = q.presented.facts.client_id,
		.status = status_of(fault) };
	if (fault != NULL) {
		ret->error = fault->error;
		ret->description = fault->description;
		ret->reason = reason_word(fault->reason);
	}
	return OK;
}
