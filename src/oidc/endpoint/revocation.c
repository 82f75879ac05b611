/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/revocation.h"

#include "oidc/client/client_authentication.h"
#include "oidc/cors_oidc.h"
#include "oidc/fault_response.h"
#include "oidc/record.h"
#include "oidc/token/access_token.h"
#include "oidc/token/refresh_token.h"
#include "store/revoked_token.h"
#include "tenant/audience.h"

static const struct fault no_token = { "invalid_request",
	STR_LIT("Missing required parameter: token"), REASON_REQUEST_INVALID };

/* What is to be written; both may be empty. */
struct revoking {
	int64_t now;
	struct str family_id;
	struct str token_id; /* a jti or a handle */
	int64_t until;
	struct str user_id; /* for the event */
	struct str sid;
};

/* Access tokens of the same authorization go with its refresh tokens (RFC 7009, 2.1). */
static enum err find_family(const struct tenant *t, const struct client *client,
	struct arena *a, struct str token, struct revoking *ret)
{
	struct refresh_family family;
	struct str family_id;
	int64_t generation;
	enum err err;

	if (refresh_token_read(t->seal, a, token, &family_id, &generation) != OK)
		return ERR_NOT_FOUND;
	err = refresh_family_find(db_reader(t->db), a, family_id, &family);
	if (err != OK)
		return err;
	if (!str_eq(family.client_id, client->client_id) || family.revoked_at != 0)
		return ERR_NOT_FOUND;
	ret->family_id = family_id;
	ret->token_id = family.handle;
	ret->until = ret->now + audience_longest_life(t, family.audience) + 1;
	ret->user_id = family.user_id;
	ret->sid = family.sid;
	return OK;
}

static enum err find_access_token(const struct tenant *t, const struct client *client,
	struct arena *a, struct str token, struct revoking *ret)
{
	struct access_token_facts facts;
	enum err err = access_token_open(t, db_reader(t->db), a, token, ret->now, &facts);

	if (err == ERR_INVALID)
		return ERR_NOT_FOUND;
	if (err != OK)
		return err;
	if (!str_eq(facts.client_id, client->client_id))
		return ERR_NOT_FOUND;
	ret->token_id = facts.jti;
	ret->until = facts.expires_at + 1;
	return OK;
}

static enum err write_revoking(struct db_conn *conn, void *arg)
{
	const struct revoking *r = arg;
	enum err err;

	if (r->token_id.n > 0) {
		err = revoked_token_insert(conn, r->token_id, r->until);
		if (err != OK)
			return err;
	}
	if (r->family_id.n == 0)
		return OK;
	err = refresh_family_revoke(conn, r->family_id, S("revoked"), r->now);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err revoke(const struct tenant *t, const struct client *client,
	const struct http_request *rq, struct str token, struct revoking *r)
{
	enum err err = find_family(t, client, rq->arena, token, r);

	if (err == ERR_NOT_FOUND)
		err = find_access_token(t, client, rq->arena, token, r);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	return db_write(t->db, write_revoking, r);
}

static void respond(const struct tenant *t, const struct client_authentication *who,
	const struct http_request *rq, struct http_response *rs)
{
	cors_oidc_allow(t, who->client, rq, rs);
	if (who->fault != NULL) {
		fault_respond_to_client(
			who->fault, who->basic, tenant_issuer(t, rq->host)->url, rq, rs);
		return;
	}
	rs->status = 200;
	response_no_store(rs);
}

enum err revocation(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct client_authentication who = { 0 };
	struct revoking r = { .now = rq->now };
	struct params params = { 0 };
	const struct issuer *issuer;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_preflight(t, rq, rs))
		return OK;
	issuer = tenant_issuer(t, rq->host);
	err = client_request_read(t, issuer, rq, &params, &who);
	if (err == OK && who.fault == NULL && params_get(&params, "token").n == 0)
		who.fault = &no_token;
	if (err == OK && who.fault == NULL)
		err = revoke(t, who.client, rq, params_get(&params, "token"), &r);
	if (err != OK)
		return err;
	respond(t, &who, rq, rs);
	record(op, t, rq,
		&(struct record){ .route = "revocation",
			.type = r.family_id.n > 0 ? "srrt" : NULL,
			.fault = who.fault,
			.client_id = who.client != NULL ? who.client->client_id : S(""),
			.user_id = r.user_id,
			.sid = r.sid });
	return OK;
}
