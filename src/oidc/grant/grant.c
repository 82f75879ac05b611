/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/grant/grant.h"

#include "oidc/token/id_token.h"
#include "oidc/token/refresh_end.h"
#include "oidc/token/resource.h"

const struct fault *grant_narrow(
	const struct token_request *rq, struct str granted, struct str *ret)
{
	struct resources resources = resources_read(rq->params);

	return resources_narrow(rq->tenant, rq->rq->arena, &resources, granted, ret);
}

struct str grant_audience(const struct params *params)
{
	struct str audience = params_get(params, "audience");

	return audience.n > 0 ? audience : params_get(params, "resource");
}

bool grant_covers(struct str granted, struct str scope)
{
	struct str word;

	while (str_split(&scope, ' ', &word))
		if (word.n > 0 && !str_has_word(granted, word))
			return false;
	return true;
}

const struct fault *grant_service_not_found(struct arena *a, struct str audience)
{
	return fault_with(a, "access_denied", REASON_REQUEST_INVALID,
		"Service not found: ", audience, "");
}

struct confirmation grant_family_confirmation(const struct token_request *rq)
{
	return rq->client->auth_method == AUTH_NONE ? rq->confirmation
						    : (struct confirmation){ 0 };
}

static enum err issue_access_token(const struct token_request *rq, const struct authorized *by,
	const struct resource_server *api, struct token_answer *ret)
{
	struct access_token_request wanted = {
		.tenant = rq->tenant,
		.client = rq->client,
		.api = api,
		.issuer = by->issuer,
		.subject = by->who.user_id,
		.sid = by->who.sid,
		.scope = by->scope,
		.handle = by->handle,
		.gty = by->gty,
		.confirmation = rq->confirmation,
		.claims = by->claims,
		.custom = by->access_claims,
		.auth_time = by->who.auth_time,
		.now = rq->rq->now,
	};

	return access_token_make(&wanted, rq->rq->arena, &ret->access_token);
}

static enum err issue_id_token(
	const struct token_request *rq, const struct authorized *by, struct token_answer *ret)
{
	struct id_token_request wanted = {
		.tenant = rq->tenant,
		.client = rq->client,
		.issuer = by->issuer,
		.nonce = by->nonce,
		.scope = by->scope,
		.claims = by->claims,
		.custom = by->id_claims,
		.auth_time_wanted = by->auth_time_wanted,
		.now = rq->rq->now,
		.may_block = rq->rq->may_block,
		.who = by->who,
		.user = by->user,
	};

	return id_token_make(&wanted, rq->rq->arena, &ret->id_token);
}

enum err grant_check_id_token(
	const struct token_request *rq, struct str scope, const struct fault **ret)
{
	if (!str_has_word(scope, S("openid")))
		return OK;
	return id_token_check(rq->tenant, rq->client, rq->rq, ret);
}

enum err grant_issue(
	const struct token_request *rq, const struct authorized *by, struct token_answer *ret)
{
	const struct resource_server *api = NULL;
	enum err err;

	if (by->audience.n > 0) {
		api = tenant_audience(rq->tenant, rq->rq->arena, by->audience);
		if (api == NULL) {
			ret->fault = grant_service_not_found(rq->rq->arena, by->audience);
			return OK;
		}
	}
	err = issue_access_token(rq, by, api, ret);
	if (err != OK)
		return err;
	ret->scope = by->scope;
	ret->audience = by->audience;
	if (!str_has_word(by->scope, S("openid")))
		return OK;
	return issue_id_token(rq, by, ret);
}

void grant_tell_refresh_end(
	const struct token_request *rq, struct str family_id, struct token_answer *ret)
{
	struct db_conn *conn = db_reader(rq->tenant->db);
	const struct settings *settings = &rq->tenant->settings;
	struct refresh_family family;
	struct session session;
	int64_t end;

	if (!settings->refresh_expires_in ||
		refresh_family_find(conn, rq->rq->arena, family_id, &family) != OK)
		return;
	if (!family.offline && session_find(conn, rq->rq->arena, family.sid, &session) != OK)
		return;
	end = refresh_family_ends_at(
		&family, family.offline ? NULL : &session, settings, rq->rq->now);
	ret->refresh_expires_in = end > rq->rq->now ? end - rq->rq->now : 0;
}
