/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "oidc/grant/refresh_action.h"
#include "oidc/session/session_choice.h"
#include "oidc/token/refresh_decide.h"
#include "oidc/token/refresh_token.h"
#include "oidc/token/resource.h"
#include "store/session.h"

/* How often a rotation that a sibling won is looked at anew. */
enum { TRIES = 4 };

static const struct fault no_token = { "invalid_request",
	STR_LIT("Missing required parameter: refresh_token"), REASON_REQUEST_INVALID };

struct refresh {
	const struct token_request *rq;
	struct db_conn *conn;
	struct str family_id;
	int64_t generation; /* of the token that came */
	struct refresh_family family;
	struct refresh_claims claims;
	struct user user;
	struct str scope;    /* as asked for now, or all */
	struct str audience; /* the same */
	bool asked;          /* the actions were */
	struct refresh_verdict verdict;
};

static enum refresh_generation generation_of(const struct refresh *r)
{
	int64_t behind = r->family.generation - r->generation;

	if (behind == 0)
		return GENERATION_CURRENT;
	if (behind < 0)
		return GENERATION_UNKNOWN;
	return behind == 1 ? GENERATION_PREVIOUS : GENERATION_OLDER;
}

static bool is_expired(const struct refresh_family *f, int64_t now)
{
	if (f->expires_at > 0 && now >= f->expires_at)
		return true;
	return f->idle_lifetime > 0 && now >= f->last_used_at + f->idle_lifetime;
}

/* The reasons with which the store's families end when somebody signs out. */
static bool ended_with_session(const struct refresh_family *f)
{
	return str_is(f->revoke_reason, "logout") || str_is(f->revoke_reason, "session");
}

static enum err load_user(struct refresh *r, struct refresh_facts *facts)
{
	enum err err = user_find(r->conn, r->rq->rq->arena, r->family.user_id, &r->user);

	if (err == ERR_NOT_FOUND)
		facts->user = REFRESH_USER_GONE;
	else if (err == OK && r->user.blocked)
		facts->user = REFRESH_USER_BLOCKED;
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err load_session(struct refresh *r, struct refresh_facts *facts)
{
	const struct settings *settings = &r->rq->tenant->settings;
	struct session session;
	enum err err;

	if (r->family.offline)
		return OK;
	err = session_find(r->conn, r->rq->rq->arena, r->family.sid, &session);
	if (err == OK)
		facts->session_live =
			session_state_at(&session, settings, r->rq->rq->now) == SESSION_LIVE;
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err gather(struct refresh *r, struct refresh_facts *ret)
{
	struct str audience = params_get(r->rq->params, "audience");
	const struct refresh_family *f = &r->family;
	int64_t now = r->rq->rq->now;
	struct refresh_facts facts;
	enum err err;

	err = refresh_family_find(r->conn, r->rq->rq->arena, r->family_id, &r->family);
	if (err != OK)
		return err;
	r->claims = refresh_claims_read(r->rq->rq->arena, f->claims);
	r->scope = params_get(r->rq->params, "scope");
	facts = (struct refresh_facts){
		.client_matches = str_eq(f->client_id, r->rq->client->client_id),
		.key_matches = confirmation_is_met(&r->claims.confirmation, &r->rq->possession),
		.revoked = f->revoked_at != 0,
		.revoked_with_session = ended_with_session(f),
		.rotating = f->rotating,
		.generation = generation_of(r),
		.window_open = now < f->rotated_at + r->rq->client->refresh.leeway,
		.expired = is_expired(f, now),
		.offline = f->offline,
		.scope_granted = grant_covers(f->scope, r->scope),
		.audience_granted = grant_narrow(r->rq, f->audience, &r->audience) == NULL &&
				    (audience.n == 0 || str_eq(audience, f->audience)),
	};
	if (r->scope.n == 0)
		r->scope = f->scope;
	err = load_user(r, &facts);
	if (err == OK)
		err = load_session(r, &facts);
	if (err == OK)
		*ret = facts;
	return err;
}

static enum err rotate(struct db_conn *conn, void *arg)
{
	const struct refresh *r = arg;

	return refresh_family_rotate(conn, r->family_id, r->generation, r->rq->rq->now);
}

static enum err end_family(struct db_conn *conn, void *arg)
{
	const struct refresh *r = arg;
	enum err err = refresh_family_revoke(conn, r->family_id, S("reuse"), r->rq->rq->now);

	return err == ERR_NOT_FOUND ? OK : err;
}

struct touch {
	char family_id[24];
	char sid[64];
	int64_t now;
};

static enum err touch(struct db_conn *conn, void *arg)
{
	const struct touch *t = arg;
	enum err err = OK;

	if (t->family_id[0] != '\0')
		err = refresh_family_touch(conn, str_from(t->family_id), t->now);
	if (err == OK && t->sid[0] != '\0')
		err = session_touch(conn, str_from(t->sid), t->now);
	return err;
}

static void copy(char *to, size_t size, struct str s)
{
	if (s.n < size)
		memcpy(to, s.p, s.n);
}

/* A token that does not rotate has been used; an online one keeps its session awake. */
static void note_use(const struct refresh *r, enum refresh_step step)
{
	struct touch t = { .now = r->rq->rq->now };

	if (step == REFRESH_KEEP)
		copy(t.family_id, sizeof(t.family_id), r->family_id);
	if (str_has_word(r->family.scope, S("online_access")))
		copy(t.sid, sizeof(t.sid), r->family.sid);
	if (t.family_id[0] != '\0' || t.sid[0] != '\0')
		db_write_later(r->rq->tenant->db, touch, &t, sizeof(t));
}

static enum err issue(const struct refresh *r, int64_t generation, struct token_answer *ret)
{
	struct arena *a = r->rq->rq->arena;
	const struct refresh_claims *claims = &r->claims;
	const struct action_wish *wish = &r->verdict.wish;
	bool ran = r->verdict.ran;
	struct authorized by = {
		.issuer = claims->issuer,
		.audience = r->audience,
		.scope = resources_scope(r->rq->tenant, r->rq->rq->arena,
			ran ? wish->scope : r->scope, r->family.audience, r->audience),
		.claims = claims->claims,
		.id_claims = ran ? wish->id_claims : claims->id_claims,
		.access_claims = ran ? wish->access_claims : claims->access_claims,
		.handle = r->family.handle,
		.auth_time_wanted = claims->auth_time_wanted,
		.who = { .user_id = r->family.user_id,
			.sid = r->family.sid,
			.auth_time = claims->auth_time,
			.amr = claims->amr,
			.acr = claims->acr },
		.user = &r->user,
		.gty = "refresh_token",
	};
	enum err err = grant_issue(r->rq, &by, ret);

	if (err != OK || ret->fault != NULL)
		return err;
	ret->refresh_token =
		refresh_token_write(r->rq->tenant->seal, a, r->family_id, generation);
	grant_tell_refresh_end(r->rq, r->family_id, ret);
	return OK;
}

static enum err refuse(
	struct refresh *r, const struct refresh_decision *d, struct token_answer *ret)
{
	ret->fault = d->fault;
	if (d->step != REFRESH_END)
		return OK;
	ret->event = "ferrt";
	return db_write(r->rq->tenant->db, end_family, r);
}

/* Once, however often a sibling is faster; and before anything is written. */
static enum err ask_actions(struct refresh *r, struct token_answer *ret)
{
	struct refresh_exchange x = { .rq = r->rq,
		.family = &r->family,
		.claims = &r->claims,
		.user = &r->user,
		.scope = r->scope };
	enum err err = OK;

	if (!r->asked)
		err = refresh_action(&x, &r->verdict);
	r->asked = true;
	ret->fault = r->verdict.fault;
	ret->action = ret->fault != NULL ? r->verdict.by : S("");
	return err;
}

/* ERR_CONFLICT  a sibling was faster: look again, it may be the window now */
static enum err attempt(struct refresh *r, struct token_answer *ret)
{
	struct refresh_decision d;
	struct refresh_facts facts;
	enum err err;

	err = gather(r, &facts);
	if (err == ERR_NOT_FOUND) {
		ret->fault = &refresh_unknown;
		return OK;
	}
	if (err != OK)
		return err;
	if (facts.client_matches) {
		ret->user_id = r->family.user_id;
		ret->sid = r->family.sid;
	}
	d = refresh_decide(&facts);
	if (d.fault != NULL)
		return refuse(r, &d, ret);
	err = grant_check_id_token(r->rq, r->scope, &ret->fault);
	if (err == OK && ret->fault == NULL)
		err = ask_actions(r, ret);
	if (err != OK || ret->fault != NULL)
		return err;
	if (d.step == REFRESH_ROTATE) {
		err = db_write(r->rq->tenant->db, rotate, r);
		if (err != OK)
			return err;
	}
	note_use(r, d.step);
	return issue(
		r, d.step == REFRESH_ROTATE ? r->generation + 1 : r->family.generation, ret);
}

static enum err redeem(const struct token_request *rq, struct token_answer *ret)
{
	struct refresh r = { .rq = rq, .conn = db_reader(rq->tenant->db) };
	struct str token = params_get(rq->params, "refresh_token");
	enum err err = ERR_CONFLICT;

	if (token.n == 0) {
		ret->fault = &no_token;
		return OK;
	}
	if (refresh_token_read(rq->tenant->seal, rq->rq->arena, token, &r.family_id,
		    &r.generation) != OK) {
		ret->fault = &refresh_unknown;
		return OK;
	}
	for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++)
		err = attempt(&r, ret);
	return err == ERR_CONFLICT ? ERR_BUSY : err;
}

const struct grant_type grant_refresh_token = {
	.name = "refresh_token",
	.bit = GRANT_REFRESH_TOKEN,
	.succeeded = "sertft",
	.failed = "fertft",
	.redeem = redeem,
};
