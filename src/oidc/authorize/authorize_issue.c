/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_issue.h"

#include <string.h>

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "oidc/session/session_method.h"
#include "oidc/token/access_token.h"
#include "oidc/token/authorization_code.h"
#include "oidc/token/id_token.h"
#include "store/remembered_browser.h"
#include "store/user.h"

typedef struct authorize_subject subject;

enum { SID_MAX = 64, USER_ID_MAX = 256, TOUCHES_PER_IDLE_TIME = 20 };

struct join {
	struct str sid;
	struct str client_id;
	struct str issuer;
	int64_t now; /* milliseconds: two choices within one second have an order too */
};

static enum err write_join(struct db_conn *conn, void *arg)
{
	const struct join *join = arg;

	return session_join_client(conn, join->sid, join->client_id, join->issuer, join->now);
}

/* Log-out must find every client of a session, so joining is durable before anything is issued.
 */
static enum err join_client(const subject *s, const struct http_request *rq,
	const struct session *session, bool interactive)
{
	struct join join = { session->sid, s->client->client_id, s->issuer->url, rq->now_ms };

	if (session->client_joined && !interactive)
		return OK;
	if (!rq->may_block)
		return ERR_WOULD_BLOCK;
	return db_write(s->tenant->db, write_join, &join);
}

/* Copied whole into the writer's queue: it must not point at the request's arena. */
struct touch {
	char sid[SID_MAX];
	size_t n;
	int64_t now;
};

static enum err write_touch(struct db_conn *conn, void *arg)
{
	const struct touch *touch = arg;

	return session_touch(conn, (struct str){ touch->sid, touch->n }, touch->now);
}

void authorize_touch(
	const subject *s, const struct http_request *rq, const struct session *session)
{
	struct touch touch = { .n = session->sid.n, .now = rq->now };

	if (session->sid.n > SID_MAX)
		return;
	if ((rq->now - session->last_active_at) * TOUCHES_PER_IDLE_TIME <
		session->idle_lifetime)
		return;
	memcpy(touch.sid, session->sid.p, session->sid.n);
	db_write_later(s->tenant->db, write_touch, &touch, sizeof(touch));
}

struct remembered_touch {
	char browser[SHA256_SIZE];
	char user_id[USER_ID_MAX];
	size_t n;
	int64_t now;
};

static enum err write_remembered(struct db_conn *conn, void *arg)
{
	const struct remembered_touch *touch = arg;

	return remembered_browser_touch(conn, (struct str){ touch->browser, SHA256_SIZE },
		(struct str){ touch->user_id, touch->n }, touch->now);
}

/* A remembered browser was of use; written down once a day at most. */
static void touch_remembered(
	const subject *s, const struct http_request *rq, const struct authorize_found *found)
{
	struct str user_id = found->session->user_id;
	struct remembered_touch touch = { .n = user_id.n, .now = rq->now };

	if (found->remembered.n != SHA256_SIZE || user_id.n > USER_ID_MAX ||
		rq->now - found->remembered_used_at < REMEMBERED_COARSE_SECONDS)
		return;
	memcpy(touch.browser, found->remembered.p, SHA256_SIZE);
	memcpy(touch.user_id, user_id.p, user_id.n);
	db_write_later(s->tenant->db, write_remembered, &touch, sizeof(touch));
}

/* The first value asked for that is met: a checklist wants one back whenever one is asked. */
static struct str acr_of(const subject *s, const struct session *session)
{
	struct str_list supported = s->tenant->settings.acr_values_supported;
	struct str rest = s->request->acr_values;
	struct str value;

	while (str_split(&rest, ' ', &value)) {
		if (str_is(value, ACR_MULTI_FACTOR)) {
			if (session_has_method(session->methods, S("mfa")))
				return value;
			continue;
		}
		for (size_t i = 0; i < supported.count; i++)
			if (str_eq(supported.list[i], value))
				return value;
	}
	if (!s->request->acr_wanted)
		return S("");
	if (session_has_method(session->methods, S("mfa")))
		return S(ACR_MULTI_FACTOR);
	return supported.count > 0 ? supported.list[0] : S("");
}

static struct authentication authentication_of(const subject *s, const struct session *session)
{
	return (struct authentication){
		.user_id = session->user_id,
		.sid = session->sid,
		.auth_time = session->authenticated_at,
		.amr = session_method_names(s->arena, session->methods),
		.acr = acr_of(s, session),
	};
}

/* Contract, section 6: max_age, prompt=login, essential, or require_auth_time. */
static bool wants_auth_time(const subject *s)
{
	const struct authorize_request *ar = s->request;

	return ar->max_age >= 0 || s->client->default_max_age >= 0 ||
	       (ar->prompt & PROMPT_LOGIN) || s->client->require_auth_time ||
	       str_find(ar->claims, S("\"auth_time\"")) >= 0;
}

static struct authorization_code make_code(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, const struct authentication *who)
{
	const struct settings *settings = &s->tenant->settings;
	const struct authorize_request *ar = s->request;
	bool direct = s->device.n == 0;

	return (struct authorization_code){
		.issuer = s->issuer->url,
		.client_id = s->client->client_id,
		.redirect_uri_digest = direct ? sha256(s->arena, ar->redirect_uri) : s->device,
		.code_challenge = ar->code_challenge,
		.challenge_plain = !str_is(ar->code_challenge_method, "S256"),
		.nonce = ar->nonce,
		.scope = found->scope,
		.audience = s->api != NULL ? s->api->identifier : S(""),
		.dpop_jkt = ar->dpop_jkt,
		.claims = ar->claims,
		.id_claims = found->wish.id_claims,
		.access_claims = found->wish.access_claims,
		.refresh = found->wish.refresh,
		.mfa_excused = found->remembered.n > 0,
		.auth_time_wanted = wants_auth_time(s),
		.issued_at = rq->now,
		.expires_at = rq->now + (direct ? settings->authorization_code_lifetime
						: settings->device_flow.lifetime),
		.who = *who,
	};
}

static enum err issue_access_token(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, const struct authentication *who,
	struct str handle, struct access_token *ret)
{
	struct access_token_request request = {
		.tenant = s->tenant,
		.client = s->client,
		.api = s->api,
		.issuer = s->issuer->url,
		.subject = who->user_id,
		.sid = who->sid,
		.scope = found->scope,
		.handle = handle,
		.confirmation = confirmation_by_jkt(s->request->dpop_jkt),
		.claims = s->request->claims,
		.custom = found->wish.access_claims,
		.for_web = true,
		.auth_time = who->auth_time,
		.now = rq->now,
	};

	return access_token_make(&request, s->arena, ret);
}

static enum err issue_id_token(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, const struct authentication *who, struct str code,
	struct str access_token, struct jws_draft *draft, struct str *ret)
{
	struct id_token_request request = {
		.tenant = s->tenant,
		.client = s->client,
		.issuer = s->issuer->url,
		.nonce = s->request->nonce,
		.scope = found->scope,
		.claims = s->request->claims,
		.custom = found->wish.id_claims,
		.auth_time_wanted = wants_auth_time(s),
		.with_profile = s->request->response_type == RESPONSE_ID_TOKEN,
		.access_token = access_token,
		.code = code,
		.now = rq->now,
		.may_block = rq->may_block,
		.draft = draft,
		.who = *who,
	};
	struct user user;
	enum err err;

	if (id_token_needs_user(&request)) {
		err = user_find(db_reader(s->tenant->db), s->arena, who->user_id, &user);
		if (err != OK)
			return err;
		request.user = &user;
	}
	return id_token_make(&request, s->arena, ret);
}

static void add_access_token(const subject *s, const struct authorize_found *found,
	const struct access_token *token, struct authorize_response *response)
{
	authorize_response_add(response, "access_token", token->token);
	authorize_response_add(response, "token_type", token->token_type);
	authorize_response_add_number(response, "expires_in",
		arena_printf(s->arena, "%lld", (long long)token->expires_in));
	authorize_response_add(response, "scope", found->scope);
}

enum err authorize_issue(const subject *s, const struct http_request *rq,
	const struct authorize_found *found, bool interactive, struct jws_draft *draft,
	struct authorize_response *response)
{
	struct authentication who = authentication_of(s, found->session);
	struct access_token access = { .token = S("") };
	unsigned type = s->request->response_type;
	struct str handle = S("");
	struct str code = S("");
	struct str id_token;
	enum err err = join_client(s, rq, found->session, interactive);

	if (err != OK)
		return err;
	touch_remembered(s, rq, found);
	if (type & RESPONSE_CODE) {
		struct authorization_code plain = make_code(s, rq, found, &who);

		code = authorization_code_seal(s->tenant->seal, s->arena, &plain);
		handle = base64url_encode(s->arena, plain.id.p, plain.id.n);
		authorize_response_add(response, "code", code);
	}
	if (type & RESPONSE_TOKEN) {
		err = issue_access_token(s, rq, found, &who, handle, &access);
		if (err != OK)
			return err;
		add_access_token(s, found, &access, response);
	}
	if (type & RESPONSE_ID_TOKEN) {
		err = issue_id_token(s, rq, found, &who, code, access.token, draft, &id_token);
		if (err != OK)
			return err;
		authorize_response_add(response, "id_token", id_token);
	}
	return OK;
}
