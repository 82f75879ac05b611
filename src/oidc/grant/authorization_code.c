/* SPDX-License-Identifier: Apache-2.0 */
#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "oidc/authorize/pkce.h"
#include "oidc/grant/grant.h"
#include "oidc/token/refresh_token.h"
#include "oidc/token/resource.h"
#include "store/metadata.h"
#include "store/revoked_token.h"
#include "store/session.h"
#include "store/used_code.h"
#include "json/json_writer.h"

enum {
	/* How long a used code is remembered beyond its end, to notice a second use. */
	REMEMBER_SECONDS = 3600,
	FAMILY_BYTES = 16,
	MS = 1000,
	FIRST_GENERATION = 1,
};

static const struct fault no_code = { "invalid_request",
	STR_LIT("Missing required parameter: code"), REASON_REQUEST_INVALID };
static const struct fault unknown = { "invalid_grant", STR_LIT("Invalid authorization code"),
	REASON_CODE_INVALID };
static const struct fault expired = { "invalid_grant",
	STR_LIT("Invalid authorization code: it has expired"), REASON_CODE_EXPIRED };
static const struct fault reused = { "invalid_grant",
	STR_LIT("Invalid authorization code: it was used before"), REASON_CODE_REUSED };
static const struct fault of_another_client = { "invalid_grant",
	STR_LIT("Invalid authorization code: it was issued to another client"),
	REASON_CODE_MISMATCH };
static const struct fault of_another_uri = { "invalid_grant",
	STR_LIT("Invalid authorization code: the redirect_uri is not the one it was asked for "
		"with"),
	REASON_CODE_MISMATCH };
static const struct fault of_another_key = { "invalid_grant",
	STR_LIT("Invalid authorization code: it was asked for with another DPoP key "
		"(dpop_jkt)"),
	REASON_KEY_MISMATCH };
static const struct fault plain_refused = { "invalid_grant",
	STR_LIT("The code_challenge_method plain is not accepted"), REASON_PKCE_FAILED };
static const struct fault user_gone = { "invalid_grant",
	STR_LIT("Invalid authorization code: the user does not exist anymore"),
	REASON_CODE_INVALID };
static const struct fault user_blocked = { "invalid_grant", STR_LIT("user is blocked"),
	REASON_USER_BLOCKED };
static const struct fault session_ended = { "invalid_grant",
	STR_LIT("Invalid authorization code: its session has ended"), REASON_SESSION_ENDED };

struct redemption {
	const struct token_request *rq;
	struct authorization_code code;
	struct str handle;   /* the code's id in base64url */
	struct str audience; /* of the code's, what is asked for now */
	struct user user;
	bool with_family;
	struct refresh_family family;
	struct str metadata;      /* of the family, JSON, or empty */
	const struct fault *late; /* what came in between, when it is taken */
};

static const struct fault *check_redirect_uri(
	const struct authorization_code *code, struct str sent, struct arena *a)
{
	struct str digest = sent.n > 0 ? sha256(a, sent) : sent;

	if (!str_eq(digest, code->redirect_uri_digest))
		return &of_another_uri;
	return NULL;
}

/* What can be said without the store, in an order that tells strangers least. */
static const struct fault *check_code(
	const struct token_request *rq, const struct authorization_code *code)
{
	struct arena *a = rq->rq->arena;
	const struct fault *fault;

	if (!str_eq(code->client_id, rq->client->client_id))
		return &of_another_client;
	if (tenant_issuer_by_url(rq->tenant, code->issuer) == NULL)
		return &unknown;
	fault = check_redirect_uri(code, params_get(rq->params, "redirect_uri"), a);
	if (fault != NULL)
		return fault;
	if (code->dpop_jkt.n > 0 && !str_eq(code->dpop_jkt, rq->possession.jkt))
		return &of_another_key;
	if (code->challenge_plain && rq->tenant->settings.s256_only)
		return &plain_refused;
	return pkce_check(a, code, params_get(rq->params, "code_verifier"));
}

static enum err load_user(struct redemption *r, const struct fault **ret)
{
	enum err err = user_find(
		db_reader(r->rq->tenant->db), r->rq->rq->arena, r->code.who.user_id, &r->user);

	if (err == ERR_NOT_FOUND)
		*ret = &user_gone;
	else if (err == OK && r->user.blocked)
		*ret = &user_blocked;
	return err == ERR_NOT_FOUND ? OK : err;
}

/* A log-out between the two requests ends the code too. */
static enum err check_session(
	const struct redemption *r, struct db_conn *conn, const struct fault **ret)
{
	struct session session;
	enum err err = session_find(conn, r->rq->rq->arena, r->code.who.sid, &session);

	if (err == ERR_NOT_FOUND || (err == OK && session.ended_at != 0))
		*ret = &session_ended;
	return err == ERR_NOT_FOUND ? OK : err;
}

static bool wants_refresh_token(const struct redemption *r)
{
	const struct resource_server *api;

	if (!(r->rq->client->grant_types & GRANT_REFRESH_TOKEN))
		return false;
	if (str_has_word(r->code.scope, S("online_access")))
		return true;
	if (!str_has_word(r->code.scope, S("offline_access")))
		return false;
	api = tenant_audience(r->rq->tenant, r->rq->rq->arena, r->code.audience);
	return api == NULL || api->allow_offline_access;
}

static struct refresh_family new_family(const struct redemption *r)
{
	const struct authorization_code *code = &r->code;
	const struct client *client = r->rq->client;
	struct arena *a = r->rq->rq->arena;
	int64_t now = r->rq->rq->now;
	struct refresh_claims claims = {
		.issuer = code->issuer,
		.confirmation = grant_family_confirmation(r->rq),
		.claims = code->claims,
		.id_claims = code->id_claims,
		.access_claims = code->access_claims,
		.mfa_excused = code->mfa_excused,
		.auth_time_wanted = code->auth_time_wanted,
		.auth_time = code->who.auth_time,
		.amr = code->who.amr,
		.acr = code->who.acr,
	};

	return (struct refresh_family){
		.family_id = random_token(a, FAMILY_BYTES),
		.client_id = client->client_id,
		.user_id = code->who.user_id,
		.sid = code->who.sid,
		.handle = r->handle,
		.scope = code->scope,
		.audience = code->audience,
		.claims = refresh_claims_write(a, &claims),
		.offline = client->refresh.outlive_session &&
			   str_has_word(code->scope, S("offline_access")),
		.rotating = client->refresh.rotating,
		.generation = FIRST_GENERATION,
		.created_at = now,
		.rotated_at = now,
		.last_used_at = now,
		.expires_at = client->refresh.lifetime > 0 ? now + client->refresh.lifetime : 0,
		.idle_lifetime = client->refresh.idle_lifetime,
	};
}

/* What actions asked for when there was no refresh token yet. */
static void follow_actions(struct redemption *r)
{
	struct arena *a = r->rq->rq->arena;
	const struct json *wish = NULL;
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);

	if (r->code.refresh.n == 0 || json_parse(a, r->code.refresh, &wish, NULL) != OK)
		return;
	refresh_family_limit(&r->family, json_get_int(wish, "expires_at", 0) / MS,
		json_get_int(wish, "idle_expires_at", 0) / MS, r->rq->rq->now);
	json_begin_map(&w);
	json_each(entry, json_get(wish, "metadata"))
	{
		if (entry->type == JSON_NULL_VALUE)
			continue;
		json_key_str(&w, entry->key);
		json_value(&w, entry);
	}
	json_end_map(&w);
	r->metadata = buf_str(&b);
}

/* The code is used up and the family made in one transaction. Whoever signed out in between has
 * ended the families that there were, and would not find this one. ERR_NOT_FOUND  it is late */
static enum err take(struct db_conn *conn, void *arg)
{
	struct redemption *r = arg;
	int64_t now = r->rq->rq->now;
	enum err err;

	err = used_code_take(conn, r->handle, now, r->code.expires_at + REMEMBER_SECONDS);
	if (err != OK)
		return err;
	r->late = now >= r->code.expires_at ? &expired : NULL;
	if (r->late == NULL)
		err = check_session(r, conn, &r->late);
	if (err != OK || r->late != NULL)
		return err != OK ? err : ERR_NOT_FOUND;
	if (!r->with_family)
		return OK;
	err = refresh_family_insert(conn, &r->family);
	if (err != OK || r->metadata.n == 0)
		return err;
	err = refresh_metadata_set(conn, r->family.family_id, r->metadata);
	return err == ERR_NOT_FOUND ? ERR_STORE : err;
}

/* RFC 6749, 4.1.2: what the first use gave is taken back. */
static enum err take_back(struct db_conn *conn, void *arg)
{
	const struct redemption *r = arg;
	int64_t life = audience_longest_life(r->rq->tenant, r->code.audience);
	int64_t now = r->rq->rq->now;
	enum err err;

	err = revoked_token_insert(conn, r->handle, now + life + 1);
	if (err != OK && err != ERR_CONFLICT)
		return err;
	err = refresh_family_revoke_by_handle(conn, r->handle, S("code_replay"), now);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err use_up(struct redemption *r, const struct fault **ret)
{
	struct db *db = r->rq->tenant->db;
	enum err err = db_write(db, take, r);

	if (err == ERR_NOT_FOUND) {
		*ret = r->late;
		return OK;
	}
	if (err != ERR_CONFLICT)
		return err;
	*ret = &reused;
	return db_write(db, take_back, r);
}

static enum err issue(const struct redemption *r, struct token_answer *ret)
{
	const struct authorization_code *code = &r->code;
	struct authorized by = {
		.issuer = code->issuer,
		.audience = r->audience,
		.scope = resources_scope(r->rq->tenant, r->rq->rq->arena, code->scope,
			code->audience, r->audience),
		.claims = code->claims,
		.id_claims = code->id_claims,
		.access_claims = code->access_claims,
		.handle = r->handle,
		.nonce = code->nonce,
		.auth_time_wanted = code->auth_time_wanted,
		.who = code->who,
		.user = &r->user,
	};
	enum err err = grant_issue(r->rq, &by, ret);

	if (err != OK || ret->fault != NULL || !r->with_family)
		return err;
	ret->refresh_token = refresh_token_write(r->rq->tenant->seal, r->rq->rq->arena,
		r->family.family_id, r->family.generation);
	grant_tell_refresh_end(r->rq, r->family.family_id, ret);
	return OK;
}

/* A second use is one whatever became of the person since: what the first gave may live on. */
static enum err notice_replay(struct redemption *r, const struct fault **ret)
{
	struct db *db = r->rq->tenant->db;
	enum err err = used_code_find(db_reader(db), r->handle);

	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	*ret = &reused;
	return db_write(db, take_back, r);
}

enum err grant_redeem_code(const struct token_request *rq,
	const struct authorization_code *code, struct token_answer *ret)
{
	struct redemption r = { .rq = rq, .code = *code };
	struct arena *a = rq->rq->arena;
	enum err err;

	ret->fault = grant_narrow(rq, code->audience, &r.audience);
	if (ret->fault != NULL)
		return OK;
	ret->user_id = r.code.who.user_id;
	ret->sid = r.code.who.sid;
	r.handle = base64url_encode(a, r.code.id.p, r.code.id.n);
	err = load_user(&r, &ret->fault);
	if (err == OK && ret->fault == NULL)
		err = check_session(&r, db_reader(rq->tenant->db), &ret->fault);
	if (err == OK && ret->fault != NULL)
		err = notice_replay(&r, &ret->fault);
	else if (err == OK)
		err = grant_check_id_token(rq, r.code.scope, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;

	r.with_family = wants_refresh_token(&r);
	if (r.with_family) {
		r.family = new_family(&r);
		follow_actions(&r);
	}
	err = use_up(&r, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;
	return issue(&r, ret);
}

static enum err redeem(const struct token_request *rq, struct token_answer *ret)
{
	struct str text = params_get(rq->params, "code");
	struct authorization_code code;

	if (text.n == 0)
		ret->fault = &no_code;
	else if (authorization_code_open(rq->tenant->seal, rq->rq->arena, text, &code) != OK)
		ret->fault = &unknown;
	else
		ret->fault = check_code(rq, &code);
	return ret->fault == NULL ? grant_redeem_code(rq, &code, ret) : OK;
}

const struct grant_type grant_authorization_code = {
	.name = "authorization_code",
	.bit = GRANT_AUTHORIZATION_CODE,
	.succeeded = "seacft",
	.failed = "feacft",
	.redeem = redeem,
};
