/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/userinfo.h"

#include "oidc/client/client_response.h"
#include "oidc/client/dpop.h"
#include "oidc/cors_oidc.h"
#include "oidc/record.h"
#include "oidc/token/id_token.h"
#include "oidc/token/presented_token.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

static const struct fault no_token = { "invalid_token", STR_LIT("No access token was sent"),
	REASON_TOKEN_INVALID };
static const struct fault two_tokens = { "invalid_request",
	STR_LIT("The access token was sent in more than one way"), REASON_REQUEST_INVALID };
static const struct fault no_text = { "invalid_request",
	STR_LIT("The access token is not percent-encoded UTF-8 without NUL"),
	REASON_REQUEST_INVALID };
static const struct fault no_user = { "invalid_token",
	STR_LIT("The user or the client of the token is blocked or does not exist anymore"),
	REASON_TOKEN_INVALID };
static const struct fault no_scope = { "insufficient_scope",
	STR_LIT("The token does not have the scope openid"), REASON_TOKEN_INVALID };
static const struct fault no_key = { "invalid_request",
	STR_LIT("The client has no key to encrypt this answer to, as its "
		"userinfo_encrypted_response_alg asks"),
	REASON_ENCRYPTION_KEY_MISSING };

struct inquiry {
	const struct http_request *rq;
	const struct tenant *tenant;
	struct presented_token presented;
	struct user user;
};

static const struct fault *posted(const struct http_request *rq, struct str *ret)
{
	const struct param *token;
	struct params form;

	if (rq->method != HTTP_POST ||
		!str_eq_nocase(http_content_type(rq), S("application/x-www-form-urlencoded")))
		return NULL;
	form = params_read(rq->arena, rq->body);
	token = params_find(&form, "access_token");
	if (token == NULL)
		return NULL;
	*ret = token->value;
	if (token->malformed)
		return &no_text;
	return token->repeated ? &two_tokens : NULL;
}

static const struct fault *read_token(struct inquiry *q)
{
	struct presented_token *presented = &q->presented;
	struct str in_body = S("");
	const struct fault *fault = posted(q->rq, &in_body);

	presented_token_read(q->rq, presented);
	if (fault != NULL)
		return fault;
	if (presented->token.n > 0 && in_body.n > 0)
		return &two_tokens;
	if (presented->token.n == 0)
		presented->token = in_body;
	return presented->token.n > 0 ? NULL : &no_token;
}

/* Opens the token and finds whose it is; *ret is set when it is nobody's. */
static enum err load(struct inquiry *q, const struct fault **ret)
{
	const struct presented_token *p = &q->presented;
	enum err err = presented_token_open(q->tenant, q->rq, &q->presented, ret);

	if (err != OK || *ret != NULL)
		return err;
	if (!str_has_word(p->facts.scope, S("openid"))) {
		*ret = &no_scope;
		return OK;
	}
	err = user_find(db_reader(q->tenant->db), q->rq->arena, p->facts.subject, &q->user);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND || q->user.blocked || p->client == NULL || !p->client->enabled)
		*ret = &no_user;
	return OK;
}

static struct str write_claims(const struct inquiry *q, bool is_jwt)
{
	struct buf text = buf_new(q->rq->arena, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "sub",
		subject_for(q->tenant, q->presented.client, q->rq->arena, q->user.user_id));
	if (is_jwt) {
		json_put_str(&w, "iss", q->presented.facts.issuer);
		json_put_str(&w, "aud", q->presented.client->client_id);
	}
	standard_claims_write(
		&w, &q->user, q->presented.facts.scope, q->presented.facts.claims, "userinfo");
	json_end_map(&w);
	return buf_str(&text);
}

static struct client_response response_to(const struct inquiry *q)
{
	const struct client *client = q->presented.client;

	return (struct client_response){
		.tenant = q->tenant,
		.client = client,
		.alg = client->userinfo_alg,
		.encryption = client->userinfo_encryption,
		.typ = S("JWT"),
		.now = q->rq->now,
		.may_block = q->rq->may_block,
	};
}

/* Who may not have the answer does not hear that it could not be made: asked last. */
static enum err check_key(const struct inquiry *q, const struct fault **ret)
{
	struct client_response response = response_to(q);

	return client_response_check(&response, q->rq->arena, &no_key, ret);
}

static enum err respond(const struct inquiry *q, struct http_response *rs)
{
	struct client_response response = response_to(q);
	bool is_jwt = response.alg != JWS_UNKNOWN || response.encryption.alg != JWE_ALG_UNKNOWN;
	struct str body;
	enum err err;

	err = client_response_make(&response, q->rq->arena, write_claims(q, is_jwt), &body);
	if (err != OK)
		return err;
	rs->status = 200;
	rs->body = body;
	response_header(
		rs, "Content-Type", is_jwt ? S("application/jwt") : S("application/json"));
	response_no_store(rs);
	return OK;
}

static int status_of(const struct fault *fault)
{
	if (fault == &two_tokens || fault == &no_text || fault == &no_key)
		return 400;
	return fault == &no_scope ? 403 : 401;
}

static void refuse(const struct inquiry *q, const struct fault *fault, struct http_response *rs)
{
	response_text(rs, status_of(fault),
		status_of(fault) == 401 ? S("Unauthorized")
					: str_from(http_status_text(status_of(fault))));
	response_no_store(rs);
	response_header(rs, "WWW-Authenticate",
		presented_token_challenge(q->tenant, q->rq, &q->presented, "Users",
			fault == &no_token ? NULL : fault));
	rs->reason = reason_word(fault->reason);
}

enum err userinfo(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct inquiry q = { .rq = rq, .tenant = t };
	const struct fault *fault;
	enum err err = OK;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_any(rq, rs, "GET, POST, OPTIONS"))
		return OK;
	fault = read_token(&q);
	if (fault == NULL)
		err = load(&q, &fault);
	if (err == OK && fault == NULL)
		err = presented_token_check_possession(
			op, t, rq, "userinfo", &q.presented, &fault);
	if (err == OK && fault == NULL)
		err = check_key(&q, &fault);
	if (err != OK)
		return err;
	dpop_offer_nonce(t, rq, rs);
	if (fault == NULL)
		return respond(&q, rs);
	refuse(&q, fault, rs);
	record(op, t, rq,
		&(struct record){ .route = "userinfo",
			.fault = fault,
			.client_id = q.presented.facts.client_id });
	return OK;
}
