/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/userinfo.h"

#include "oidc/access_token.h"
#include "oidc/client_response.h"
#include "oidc/cors_oidc.h"
#include "oidc/dpop_proof.h"
#include "oidc/fault.h"
#include "oidc/id_token.h"
#include "oidc/mutual_tls.h"
#include "oidc/proof_of_possession.h"
#include "oidc/record.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

static const struct fault no_token = { "invalid_token", STR_LIT("No access token was sent"),
	REASON_TOKEN_INVALID };
static const struct fault two_tokens = { "invalid_request",
	STR_LIT("The access token was sent in more than one way"), REASON_REQUEST_INVALID };
static const struct fault no_text = { "invalid_request",
	STR_LIT("The access token is not percent-encoded UTF-8 without NUL"),
	REASON_REQUEST_INVALID };
static const struct fault foreign = { "invalid_token",
	STR_LIT("The token is not one of this server"), REASON_TOKEN_INVALID };
static const struct fault dead = { "invalid_token",
	STR_LIT("The token has expired or was revoked"), REASON_TOKEN_INVALID };
static const struct fault bound = { "invalid_token",
	STR_LIT("The token is bound to a key that the request does not prove to hold"),
	REASON_KEY_MISMATCH };
static const struct fault unbound = { "invalid_token",
	STR_LIT("The token is not bound to a DPoP key: it is a Bearer token"),
	REASON_TOKEN_INVALID };
static const struct fault no_user = { "invalid_token",
	STR_LIT("The user or the client of the token is blocked or does not exist anymore"),
	REASON_TOKEN_INVALID };
static const struct fault no_scope = { "insufficient_scope",
	STR_LIT("The token does not have the scope openid"), REASON_TOKEN_INVALID };

struct inquiry {
	const struct http_request *rq;
	const struct tenant *tenant;
	const struct issuer *issuer;
	struct str token;
	bool by_dpop; /* the scheme that it came by */
	struct access_token_facts facts;
	const struct client *client;
	struct user user;
};

static struct str by_scheme(const struct http_request *rq, struct str scheme)
{
	struct str header = http_header(rq, "Authorization");

	if (header.n <= scheme.n || !str_eq_nocase(str_first(header, scheme.n), scheme) ||
		header.p[scheme.n] != ' ')
		return S("");
	return str_trim(str_after(header, scheme.n));
}

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
	struct str in_header = by_scheme(q->rq, S("Bearer"));
	struct str with_proof = by_scheme(q->rq, S("DPoP"));
	struct str in_body = S("");
	const struct fault *fault = posted(q->rq, &in_body);

	if (fault != NULL)
		return fault;
	q->by_dpop = with_proof.n > 0;
	if (q->by_dpop)
		in_header = with_proof;
	if (in_header.n > 0 && in_body.n > 0)
		return &two_tokens;
	q->token = in_header.n > 0 ? in_header : in_body;
	return q->token.n > 0 ? NULL : &no_token;
}

/* Opens the token and finds whose it is; *ret is set when it is nobody's. */
static enum err load(struct inquiry *q, const struct fault **ret)
{
	struct db_conn *conn = db_reader(q->tenant->db);
	enum err err;

	err = access_token_open(q->tenant, conn, q->rq->arena, q->token, q->rq->now, &q->facts);
	if (err == ERR_INVALID || err == ERR_NOT_FOUND) {
		*ret = err == ERR_INVALID ? &foreign : &dead;
		return OK;
	}
	if (err != OK)
		return err;
	if (!str_has_word(q->facts.scope, S("openid"))) {
		*ret = &no_scope;
		return OK;
	}
	q->client = tenant_client(q->tenant, q->facts.client_id);
	err = user_find(conn, q->rq->arena, q->facts.subject, &q->user);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND || q->user.blocked || q->client == NULL || !q->client->enabled)
		*ret = &no_user;
	return OK;
}

/* RFC 9449, 7: a bound token is no Bearer token, and the other way round. */
static enum err check_possession(
	const struct provider *op, const struct inquiry *q, const struct fault **ret)
{
	struct dpop_demand demand = { .provider = op,
		.tenant = q->tenant,
		.issuer = q->issuer,
		.path = "userinfo",
		.nonce_wanted = dpop_wants_nonce(q->tenant, q->client),
		.access_token = q->token };
	bool by_jkt = q->facts.confirmation.method == CONFIRM_JKT;
	struct possession held = { .x5t = mutual_tls_thumbprint(q->rq) };
	enum err err = OK;

	if (by_jkt != q->by_dpop) {
		*ret = by_jkt ? &bound : &unbound;
		return OK;
	}
	if (by_jkt)
		err = proof_of_possession_read(&demand, q->rq, &held, ret);
	if (err != OK || *ret != NULL)
		return err;
	if (by_jkt && held.jkt.n == 0)
		*ret = &dpop_missing;
	else if (!confirmation_is_met(&q->facts.confirmation, &held))
		*ret = &bound;
	return OK;
}

static struct str write_claims(const struct inquiry *q, bool is_jwt)
{
	struct buf text = buf_new(q->rq->arena, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(
		&w, "sub", subject_for(q->tenant, q->client, q->rq->arena, q->user.user_id));
	if (is_jwt) {
		json_put_str(&w, "iss", q->facts.issuer);
		json_put_str(&w, "aud", q->client->client_id);
	}
	standard_claims_write(&w, &q->user, q->facts.scope, q->facts.claims, "userinfo");
	json_end_map(&w);
	return buf_str(&text);
}

static enum err respond(const struct inquiry *q, struct http_response *rs)
{
	const struct client *client = q->client;
	bool is_jwt = client->userinfo_alg != JWS_UNKNOWN ||
		      client->userinfo_encryption.alg != JWE_ALG_UNKNOWN;
	struct client_response response = {
		.tenant = q->tenant,
		.client = client,
		.alg = client->userinfo_alg,
		.encryption = client->userinfo_encryption,
		.typ = S("JWT"),
		.now = q->rq->now,
		.may_block = q->rq->may_block,
	};
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
	if (fault == &two_tokens || fault == &no_text)
		return 400;
	return fault == &no_scope ? 403 : 401;
}

/* RFC 9449, 7.1. */
static bool is_about_dpop(const struct inquiry *q, const struct fault *fault)
{
	return q->by_dpop || q->facts.confirmation.method == CONFIRM_JKT ||
	       fault->reason == REASON_DPOP_PROOF_INVALID ||
	       fault->reason == REASON_DPOP_NONCE_REQUIRED;
}

/* RFC 6750, 3: a request without a token is told no more than the scheme. */
static void refuse(const struct inquiry *q, const struct fault *fault, struct http_response *rs)
{
	struct arena *a = q->rq->arena;
	struct str uri = fault_uri(a, q->issuer->url, fault->reason, q->rq->id);
	struct str challenge = is_about_dpop(q, fault)
				       ? S("DPoP realm=\"Users\", algs=\"" DPOP_ALGS "\"")
				       : S("Bearer realm=\"Users\"");

	if (fault != &no_token)
		challenge = arena_printf(a,
			STR_FMT ", error=\"%s\", error_description=\"" STR_FMT
				"\", error_uri=\"" STR_FMT "\"",
			STR_ARG(challenge), fault->error, STR_ARG(fault->description),
			STR_ARG(uri));
	response_text(rs, status_of(fault),
		status_of(fault) == 401 ? S("Unauthorized")
					: str_from(http_status_text(status_of(fault))));
	response_no_store(rs);
	response_header(rs, "WWW-Authenticate", challenge);
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
	q.issuer = tenant_issuer(t, rq->host);
	fault = read_token(&q);
	if (fault == NULL)
		err = load(&q, &fault);
	if (err == OK && fault == NULL)
		err = check_possession(op, &q, &fault);
	if (err != OK)
		return err;
	dpop_offer_nonce(t, rq, rs);
	if (fault == NULL)
		return respond(&q, rs);
	refuse(&q, fault, rs);
	record(op, t, rq,
		&(struct record){
			.route = "userinfo", .fault = fault, .client_id = q.facts.client_id });
	return OK;
}
