/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/exchange_token.h"

#include "jose/jwt.h"
#include "oidc/session/session_choice.h"
#include "oidc/token/access_token.h"
#include "oidc/token/id_token_hint.h"
#include "store/session.h"
#include "store/user.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

struct reading {
	const struct tenant *tenant;
	const struct http_request *rq;
	const struct possession *possession;
	const char *what;
	struct str token;
	const struct fault *fault;
	struct exchange_token found;
};

/* RFC 8693, 2.2.2: whatever is wrong with a token is invalid_request. */
static void refuse(struct reading *r, const char *why)
{
	r->fault = fault_with(r->rq->arena, "invalid_request", REASON_TOKEN_INVALID, "The ",
		str_from(r->what), why);
}

static enum err read_access_token(struct reading *r)
{
	struct access_token_facts f;
	const struct client *client;
	enum err err = access_token_open(
		r->tenant, db_reader(r->tenant->db), r->rq->arena, r->token, r->rq->now, &f);

	if (err == ERR_INVALID || err == ERR_NOT_FOUND) {
		refuse(r, " is not an access token of ours, has expired or was revoked");
		return OK;
	}
	if (err != OK)
		return err;
	client = tenant_client(r->tenant, f.client_id);
	if (client == NULL || !client->enabled)
		refuse(r, " belongs to a client that is gone");
	else if (!confirmation_is_met(&f.confirmation, r->possession))
		refuse(r, " is bound to a key that was not proved");
	if (r->fault != NULL)
		return OK;
	r->found = (struct exchange_token){
		.subject = f.subject,
		.shown = subject_for(r->tenant, client, r->rq->arena, f.subject),
		.client_id = f.client_id,
		.issuer = f.issuer,
		.audience = f.audience,
		.scope = f.scope,
		.sid = f.sid,
		.handle = f.handle,
		.act = f.act,
		.may_act = f.may_act,
		.is_access_token = true,
		.expires_at = f.expires_at,
	};
	return OK;
}

/* Whoever shares an HS256 secret with us could have made it. */
static const struct json *claims_of(const struct reading *r)
{
	const struct json *claims;
	struct jws jws;

	if (jws_parse(r->rq->arena, r->token, &jws) != OK || jws.alg == JWS_HS256 ||
		jws.alg == JWS_NONE || jwt_claims(r->rq->arena, &jws, &claims) != OK ||
		jwt_check_times(claims, r->rq->now, 0) != JWT_TIME_FITS)
		return NULL;
	return claims;
}

static enum err read_id_token(struct reading *r)
{
	const struct json *claims = claims_of(r);
	struct arena *a = r->rq->arena;
	const struct client *client;
	struct id_token_hint hint;
	struct session session;
	enum err err;

	if (claims == NULL || id_token_hint_read(r->tenant, NULL, a, r->token, &hint) != NULL) {
		refuse(r, " is not an id_token of ours, or has expired");
		return OK;
	}
	client = tenant_client(r->tenant, hint.client_id);
	err = session_find(db_reader(r->tenant->db), a, hint.sid, &session);
	if (err != OK && err != ERR_NOT_FOUND)
		return err;
	if (err == ERR_NOT_FOUND || !client->enabled ||
		session_state_at(&session, &r->tenant->settings, r->rq->now) != SESSION_LIVE ||
		!str_eq(subject_for(r->tenant, client, a, session.user_id), hint.sub)) {
		refuse(r, " is of a session that has ended");
		return OK;
	}
	r->found = (struct exchange_token){
		.subject = session.user_id,
		.shown = hint.sub,
		.client_id = hint.client_id,
		.issuer = json_get_str(claims, "iss"),
		.sid = hint.sid,
		.act = json_text(a, json_get_map(claims, "act")),
		.may_act = json_text(a, json_get_map(claims, "may_act")),
		.expires_at = jwt_expires_at(claims),
	};
	return OK;
}

/* A client of its own ("ID@clients") has no row. */
static enum err check_user(struct reading *r)
{
	struct user user;
	enum err err;

	if (str_ends(r->found.subject, S("@clients")))
		return OK;
	err = user_find(db_reader(r->tenant->db), r->rq->arena, r->found.subject, &user);
	if (err == ERR_NOT_FOUND || (err == OK && user.blocked))
		refuse(r, " is of a user who is blocked or gone");
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err exchange_token_read(const struct tenant *t, const struct http_request *rq,
	const struct possession *possession, const char *what, struct str type,
	struct str token, struct exchange_token *ret, const struct fault **ret_fault)
{
	struct reading r = {
		.tenant = t, .rq = rq, .possession = possession, .what = what, .token = token
	};
	enum err err = OK;

	if (str_is(type, TOKEN_TYPE "access_token"))
		err = read_access_token(&r);
	else if (str_is(type, TOKEN_TYPE "id_token"))
		err = read_id_token(&r);
	else
		refuse(&r, " must be an access_token or an id_token, as its type must say");
	if (err == OK && r.fault == NULL)
		err = check_user(&r);
	if (err == OK) {
		*ret = r.found;
		*ret_fault = r.fault;
	}
	return err;
}
