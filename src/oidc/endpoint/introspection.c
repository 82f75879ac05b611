/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/introspection.h"

#include "http/accept.h"
#include "oidc/client/client_authentication.h"
#include "oidc/client/client_response.h"
#include "oidc/fault_response.h"
#include "oidc/record.h"
#include "oidc/session/session_choice.h"
#include "oidc/token/access_token.h"
#include "oidc/token/custom_claims.h"
#include "oidc/token/refresh_end.h"
#include "oidc/token/refresh_token.h"
#include "store/session.h"
#include "store/user.h"
#include "tenant/audience.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

#define JWT_TYPE "application/token-introspection+jwt"

static const struct fault no_token = { "invalid_request",
	STR_LIT("Missing required parameter: token"), REASON_REQUEST_INVALID };
static const struct fault public_client = { "invalid_client",
	STR_LIT("Introspection needs a client that authenticates"),
	REASON_CLIENT_AUTHENTICATION };
static const struct fault no_key = { "invalid_request",
	STR_LIT("The client has no key to encrypt this answer to, as its "
		"introspection_encrypted_response_alg asks"),
	REASON_ENCRYPTION_KEY_MISSING };

struct asking {
	const struct http_request *rq;
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct client *client;
	struct db_conn *conn;
	struct str token;
};

static struct str inactive(void)
{
	return S("{\"active\":false}");
}

/* ERR_NOT_FOUND  blocked or gone. A client of its own ("ID@clients") has no row. */
static enum err check_user(const struct asking *q, struct str user_id)
{
	struct user user;
	enum err err;

	if (str_ends(user_id, S("@clients")))
		return OK;
	err = user_find(q->conn, q->rq->arena, user_id, &user);
	return err == OK && user.blocked ? ERR_NOT_FOUND : err;
}

static void put_audience(struct json_writer *w, const struct asking *q, struct str audience)
{
	const struct resource_server *api = tenant_audience(q->tenant, q->rq->arena, audience);

	if (api == NULL || api->parts.count == 0) {
		json_put_opt(w, "aud", audience);
		return;
	}
	json_put_words(w, "aud", audience);
}

static struct str write_access_token(const struct asking *q, const struct client *owner,
	const struct access_token_facts *facts)
{
	struct buf text = buf_new(q->rq->arena, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_bool(&w, "active", true);
	json_put_str(&w, "token_type", confirmation_token_type(&facts->confirmation));
	json_put_str(&w, "client_id", facts->client_id);
	json_put_str(&w, "sub", subject_for(q->tenant, owner, q->rq->arena, facts->subject));
	put_audience(&w, q, facts->audience);
	json_put_str(&w, "iss", facts->issuer);
	json_put_opt(&w, "scope", facts->scope);
	json_put_str(&w, "jti", facts->jti);
	json_put_opt(&w, "sid", facts->sid);
	json_put_int(&w, "iat", facts->issued_at);
	json_put_int(&w, "exp", facts->expires_at);
	confirmation_write(&w, &facts->confirmation);
	if (facts->act.n > 0)
		json_put_raw(&w, "act", facts->act);
	if (facts->may_act.n > 0)
		json_put_raw(&w, "may_act", facts->may_act);
	custom_claims_write(&w, facts->custom);
	json_end_map(&w);
	return buf_str(&text);
}

/* ERR_NOT_FOUND  not an access token, or dead */
static enum err try_access_token(const struct asking *q, struct str *ret)
{
	const struct client *owner;
	struct access_token_facts facts;
	enum err err = access_token_open(
		q->tenant, q->conn, q->rq->arena, q->token, q->rq->now, &facts);

	if (err == OK)
		err = check_user(q, facts.subject);
	if (err != OK)
		return err == ERR_INVALID ? ERR_NOT_FOUND : err;
	owner = tenant_client(q->tenant, facts.client_id);
	if (owner == NULL || !owner->enabled)
		return ERR_NOT_FOUND;
	*ret = write_access_token(q, owner, &facts);
	return OK;
}

static struct str write_refresh_token(
	const struct asking *q, const struct refresh_family *f, int64_t end)
{
	struct buf text = buf_new(q->rq->arena, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_bool(&w, "active", true);
	json_put_str(&w, "client_id", f->client_id);
	json_put_str(&w, "sub", subject_for(q->tenant, q->client, q->rq->arena, f->user_id));
	put_audience(&w, q, f->audience);
	json_put_opt(&w, "scope", f->scope);
	json_put_opt(&w, "sid", f->sid);
	json_put_int(&w, "iat", f->rotated_at);
	if (end > 0)
		json_put_int(&w, "exp", end);
	json_end_map(&w);
	return buf_str(&text);
}

/* ERR_NOT_FOUND  it has ended, or the session has that it lives by */
static enum err find_end(const struct asking *q, const struct refresh_family *f, int64_t *ret)
{
	const struct settings *settings = &q->tenant->settings;
	int64_t now = q->rq->now;
	struct session session;
	enum err err = OK;

	if (!f->offline)
		err = session_find(q->conn, q->rq->arena, f->sid, &session);
	if (err != OK)
		return err;
	if (!f->offline && session_state_at(&session, settings, now) != SESSION_LIVE)
		return ERR_NOT_FOUND;
	*ret = refresh_family_ends_at(f, f->offline ? NULL : &session, settings, now);
	return *ret > 0 && now >= *ret ? ERR_NOT_FOUND : OK;
}

/* ERR_NOT_FOUND  not a refresh token, not this client's, or dead */
static enum err try_refresh_token(const struct asking *q, struct str *ret)
{
	struct refresh_family f;
	struct str family_id;
	int64_t generation;
	int64_t end = 0;
	enum err err;

	if (refresh_token_read(
		    q->tenant->seal, q->rq->arena, q->token, &family_id, &generation) != OK)
		return ERR_NOT_FOUND;
	err = refresh_family_find(q->conn, q->rq->arena, family_id, &f);
	if (err != OK)
		return err;
	if (!str_eq(f.client_id, q->client->client_id) || f.revoked_at != 0 ||
		f.generation != generation)
		return ERR_NOT_FOUND;
	err = check_user(q, f.user_id);
	if (err == OK)
		err = find_end(q, &f, &end);
	if (err == OK)
		*ret = write_refresh_token(q, &f, end);
	return err;
}

/* RFC 9701, 4: whoever wants a JWT names it. */
static bool wants_jwt(const struct http_request *rq)
{
	struct str rest = http_header(rq, "Accept");
	struct accept_item item;

	while (accept_next(&rest, &item))
		if (item.weight > 0 && str_eq_nocase(item.name, S(JWT_TYPE)))
			return true;
	return false;
}

/* RFC 9701, 5: what the token says is a member of its own, so that the JWT cannot be taken for
 * the token that it is about. */
static struct str write_jwt(const struct asking *q, struct str body)
{
	struct buf text = buf_new(q->rq->arena, body.n + 256);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "iss", q->issuer->url);
	json_put_str(&w, "aud", q->client->client_id);
	json_put_int(&w, "iat", q->rq->now);
	json_put_raw(&w, "token_introspection", body);
	json_end_map(&w);
	return buf_str(&text);
}

static struct client_response response_to(const struct asking *q)
{
	return (struct client_response){
		.tenant = q->tenant,
		.client = q->client,
		.alg = q->client->introspection_alg,
		.encryption = q->client->introspection_encryption,
		.typ = S("token-introspection+jwt"),
		.now = q->rq->now,
		.may_block = q->rq->may_block,
	};
}

static enum err respond_jwt(const struct asking *q, struct str body, struct http_response *rs)
{
	struct client_response response = response_to(q);
	enum err err =
		client_response_make(&response, q->rq->arena, write_jwt(q, body), &rs->body);

	if (err != OK)
		return err;
	rs->status = 200;
	response_header(rs, "Content-Type", S(JWT_TYPE));
	response_no_store(rs);
	return OK;
}

static enum err introspect(const struct asking *q, struct http_response *rs)
{
	struct str body = inactive();
	enum err err = try_access_token(q, &body);

	if (err == ERR_NOT_FOUND)
		err = try_refresh_token(q, &body);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (wants_jwt(q->rq))
		return respond_jwt(q, body, rs);
	response_json(rs, 200, body);
	response_no_store(rs);
	return OK;
}

static const struct fault *check(const struct client_authentication *who, struct str token)
{
	if (who->fault != NULL)
		return who->fault;
	if (who->method == AUTH_NONE)
		return &public_client;
	return token.n > 0 ? NULL : &no_token;
}

/* Before the token is looked at: the answer tells nothing about it. Plain JSON needs no key. */
static enum err check_key(const struct asking *q, const struct fault **ret)
{
	struct client_response response;

	if (*ret != NULL || !wants_jwt(q->rq))
		return OK;
	response = response_to(q);
	return client_response_check(&response, q->rq->arena, &no_key, ret);
}

enum err introspection(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct client_authentication who = { 0 };
	struct params params = { 0 };
	const struct issuer *issuer;
	struct asking q;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	issuer = tenant_issuer(t, rq->host);
	err = client_request_read(t, issuer, rq, &params, &who);
	if (err != OK)
		return err;
	q = (struct asking){ rq, t, issuer, who.client, db_reader(t->db),
		params_get(&params, "token") };
	who.fault = check(&who, q.token);
	err = check_key(&q, &who.fault);
	if (err != OK)
		return err;
	if (who.fault == NULL)
		return introspect(&q, rs);

	fault_respond_to_client(who.fault, who.basic, issuer->url, rq, rs);
	record(op, t, rq,
		&(struct record){ .route = "introspection",
			.fault = who.fault,
			.client_id = who.client != NULL ? who.client->client_id : S("") });
	return OK;
}
