/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/pushed_authorization.h"

#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "oidc/authorize/authorize_check.h"
#include "oidc/authorize/authorize_source.h"
#include "oidc/authorize/request_object.h"
#include "oidc/client/client_authentication.h"
#include "oidc/client/proof_of_possession.h"
#include "oidc/cors_oidc.h"
#include "oidc/fault_response.h"
#include "oidc/rate_limit.h"
#include "oidc/record.h"
#include "oidc/token/id_token_hint.h"
#include "store/pushed_request.h"
#include "json/json_writer.h"

enum { ID_BYTES = 24 };

static const struct fault has_request_uri = { "invalid_request",
	STR_LIT("A pushed request has no request_uri."), REASON_REQUEST_INVALID };
static const struct fault two_keys = { "invalid_dpop_proof",
	STR_LIT("The dpop_jkt parameter is not the key of the DPoP proof."),
	REASON_DPOP_PROOF_INVALID };

/* What proved the client, and is nobody's business afterwards. */
static bool is_credential(struct str name)
{
	return str_is(name, "client_secret") || str_is(name, "client_assertion") ||
	       str_is(name, "client_assertion_type") || str_is(name, "client_id");
}

static struct str request_text(
	struct arena *a, const struct client *client, const struct params *params)
{
	struct buf out = buf_new(a, 512);

	buf_add(&out, S("client_id="));
	url_encode_add(&out, client->client_id);
	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		if (is_credential(p->name))
			continue;
		buf_addc(&out, '&');
		url_encode_add(&out, p->name);
		buf_addc(&out, '=');
		url_encode_add(&out, p->value);
	}
	return buf_str(&out);
}

static const struct fault *check(const struct tenant *t, const struct issuer *issuer,
	struct arena *a, const struct authorize_request *ar, bool is_signed)
{
	struct authorize_subject s = { .arena = a,
		.tenant = t,
		.request = ar,
		.is_pushed = true,
		.is_signed = is_signed };
	struct id_token_hint hint = { 0 };
	const struct fault *fault;

	authorize_subject_load(&s, issuer);
	fault = authorize_check_before_trust(&s);
	if (fault == NULL)
		fault = authorize_check(&s);
	if (fault == NULL && ar->id_token_hint.n > 0)
		fault = id_token_hint_read(t, s.client, a, ar->id_token_hint, &hint);
	return fault;
}

/* RFC 9449, 10.1: a proof that comes along says as much as dpop_jkt. */
static const struct fault *bind_to_key(
	struct arena *a, const struct authorize_request *ar, struct str jkt, struct str *text)
{
	if (jkt.n == 0)
		return NULL;
	if (ar->dpop_jkt.n > 0)
		return str_eq(ar->dpop_jkt, jkt) ? NULL : &two_keys;
	*text = arena_printf(a, STR_FMT "&dpop_jkt=" STR_FMT, STR_ARG(*text), STR_ARG(jkt));
	return NULL;
}

/* The request that is meant, checked as /authorize would check it. */
static enum err read_request(const struct tenant *t, const struct issuer *issuer,
	const struct http_request *rq, const struct client *client, const struct params *params,
	struct str jkt, struct str *ret_text, const struct fault **ret_fault)
{
	struct str text = request_text(rq->arena, client, params);
	struct authorize_request ar = authorize_request_read(rq->arena, text);
	bool is_signed = ar.request.n > 0;
	enum err err = OK;

	*ret_fault = ar.request_uri.n > 0 ? &has_request_uri : NULL;
	if (*ret_fault == NULL && is_signed)
		err = request_object_open(
			t, issuer, client, rq, ar.request, &ar.params, &text, ret_fault);
	if (err != OK || *ret_fault != NULL)
		return err;
	ar = authorize_request_read(rq->arena, text);
	*ret_fault = bind_to_key(rq->arena, &ar, jkt, &text);
	if (*ret_fault != NULL)
		return OK;
	ar = authorize_request_read(rq->arena, text);
	*ret_fault = check(t, issuer, rq->arena, &ar, is_signed);
	*ret_text = text;
	return OK;
}

static enum err check_possession(const struct provider *op, const struct tenant *t,
	const struct issuer *issuer, const struct http_request *rq, const struct client *client,
	struct possession *ret, const struct fault **ret_fault)
{
	struct dpop_demand demand = { .provider = op,
		.tenant = t,
		.issuer = issuer,
		.path = "oauth/par",
		.nonce_wanted = dpop_wants_nonce(t, client) };

	return proof_of_possession_read(&demand, rq, ret, ret_fault);
}

static enum err write_insert(struct db_conn *conn, void *arg)
{
	return pushed_request_insert(conn, arg);
}

static enum err keep(const struct tenant *t, const struct http_request *rq,
	const struct client *client, struct str text, struct str *ret_id)
{
	struct str id = random_token(rq->arena, ID_BYTES);
	struct pushed_request row = { .key = sha256(rq->arena, id),
		.client_id = client->client_id,
		.request = text,
		.expires_at = rq->now + client->pushed_request_lifetime };
	enum err err = db_write(t->db, write_insert, &row);

	if (err == OK)
		*ret_id = id;
	return err;
}

static void respond(const struct client *client, struct str id, const struct http_request *rq,
	struct http_response *rs)
{
	struct buf text = buf_new(rq->arena, 128);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(
		&w, "request_uri", arena_printf(rq->arena, PUSHED_PREFIX STR_FMT, STR_ARG(id)));
	json_put_int(&w, "expires_in", client->pushed_request_lifetime);
	json_end_map(&w);
	response_json(rs, 201, buf_str(&text));
	response_no_store(rs);
}

static void refuse(const struct client_authentication *who, struct str issuer,
	int64_t retry_after, const struct http_request *rq, struct http_response *rs)
{
	if (retry_after > 0)
		response_retry_after(rs, rq->arena, retry_after);
	fault_respond_to_client(who->fault, who->basic, issuer, rq, rs);
}

enum err pushed_authorization(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct client_authentication who = { 0 };
	struct possession held = { 0 };
	struct params params = { 0 };
	struct str text = { 0 };
	struct str id = { 0 };
	const struct issuer *issuer;
	int64_t retry_after = 0;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_preflight(t, rq, rs))
		return OK;
	issuer = tenant_issuer(t, rq->host);
	err = client_request_read(t, issuer, rq, &params, &who);
	if (err == OK && who.fault == NULL)
		retry_after = rate_limit_take(op, t, who.client->client_id, rq);
	if (retry_after > 0)
		who.fault = &rate_limit_fault;
	if (err == OK && who.fault == NULL)
		err = check_possession(op, t, issuer, rq, who.client, &held, &who.fault);
	if (err == OK && who.fault == NULL)
		err = read_request(
			t, issuer, rq, who.client, &params, held.jkt, &text, &who.fault);
	if (err == OK && who.fault == NULL)
		err = keep(t, rq, who.client, text, &id);
	if (err != OK)
		return err;
	cors_oidc_allow(t, who.client, rq, rs);
	dpop_offer_nonce(t, rq, rs);
	if (who.fault == NULL)
		respond(who.client, id, rq, rs);
	else
		refuse(&who, issuer->url, retry_after, rq, rs);
	record(op, t, rq,
		&(struct record){ .route = "pushed_authorization",
			.fault = who.fault,
			.client_id = who.client != NULL ? who.client->client_id : S("") });
	return OK;
}
