/* SPDX-License-Identifier: Apache-2.0 */
#include "login/sign_in.h"

#include "base/random.h"
#include "login/browser_sessions.h"
#include "login/login_event.h"
#include "json/json_writer.h"

enum { SID_BYTES = 24, MS = 1000 };

/* One sign-in on its way through the store. */
struct change {
	const struct sign_in *in;
	struct arena *arena;
	struct str before; /* the browser's secret until now, as a digest; may be empty */
	struct str after;
	struct session session;
	int64_t cookie_age;
};

int64_t sign_in_factor_at(struct arena *a, struct str methods)
{
	const struct json *list = NULL;
	int64_t at = 0;

	if (methods.n == 0 || json_parse(a, methods, &list, NULL) != OK)
		return 0;
	json_each(method, list)
	{
		if (str_is(json_get_str(method, "name"), "mfa"))
			at = json_get_int(method, "timestamp", 0) / MS;
	}
	return at;
}

struct str sign_in_methods(
	struct arena *a, struct str methods, const char *name, const char *type, int64_t now_ms)
{
	struct buf b = buf_new(a, methods.n + 64);
	struct json_writer w = json_writer_on(&b);
	const struct json *before = NULL;

	if (methods.n > 0 && json_parse(a, methods, &before, NULL) != OK)
		before = NULL;
	json_begin_list(&w);
	json_each(method, before)
	{
		if (!str_is(json_get_str(method, "name"), name) ||
			!str_eq(json_get_str(method, "type"), str_from(type)))
			json_value(&w, method);
	}
	json_begin_map(&w);
	json_put_str(&w, "name", str_from(name));
	json_put_int(&w, "timestamp", now_ms);
	json_put_opt(&w, "type", str_from(type));
	json_end_map(&w);
	json_end_list(&w);
	return buf_str(&b);
}

static bool is_persistent(const struct sign_in *in)
{
	const struct settings *settings = &in->flow->tenant->settings;

	return settings->remember_me ? in->remember : settings->session_cookie_persistent;
}

/* Once remembered, a session stays so: signing in again never shortens it. */
static void renew(struct session *s, const struct sign_in *in)
{
	const struct settings *settings = &in->flow->tenant->settings;
	const struct http_request *rq = in->flow->rq;

	s->persistent = s->persistent || is_persistent(in);
	s->lifetime = s->persistent ? settings->session_lifetime
				    : settings->ephemeral_session_lifetime;
	s->idle_lifetime = s->persistent ? settings->idle_session_lifetime
					 : settings->idle_ephemeral_session_lifetime;
	s->authenticated_at = rq->now;
	s->last_active_at = rq->now;
	s->methods = sign_in_methods(rq->arena, s->methods, in->method, NULL, rq->now_ms);
	if (in->proof != NULL)
		s->methods = sign_in_methods(
			rq->arena, s->methods, "mfa", webauthn_kind.method, rq->now_ms);
}

static struct session new_session(const struct sign_in *in)
{
	const struct http_request *rq = in->flow->rq;
	struct session s = {
		.sid = random_token(rq->arena, SID_BYTES),
		.user_id = in->user->user_id,
		.created_at = rq->now,
		.ip = rq->remote,
		.user_agent = login_user_agent(rq),
	};

	renew(&s, in);
	return s;
}

/* The sessions that are this browser's now, under its new secret. */
static enum err move_sessions(
	struct db_conn *conn, const struct change *c, struct browser_sessions *ret)
{
	int64_t now = c->in->flow->rq->now;
	enum err err;

	if (c->before.n == 0)
		return OK;
	err = session_move_browser(conn, c->before, c->after, now);
	if (err != OK)
		return err;
	err = session_find_by_browser(
		conn, c->arena, c->after, S(""), now, ret->list, &ret->count);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err end_quietly(struct db_conn *conn, struct str sid, int64_t now)
{
	enum err err = session_end(conn, sid, S("replaced"), now);

	return err == ERR_NOT_FOUND ? OK : err;
}

/* A dead session of the same user makes room, so that a browser has one row a user. */
static enum err end_dead_ones(
	struct db_conn *conn, const struct change *c, const struct browser_sessions *here)
{
	const struct flow *f = c->in->flow;
	enum err err = OK;

	for (size_t i = 0; err == OK && i < here->count; i++) {
		const struct session *s = &here->list[i];

		if (s->ended_at == 0 && str_eq(s->user_id, c->in->user->user_id) &&
			!session_is_live(s, &f->tenant->settings, f->rq->now))
			err = end_quietly(conn, s->sid, f->rq->now);
	}
	return err;
}

/* A form that was sent twice at once: the browser gets the cookie of the second answer only,
 * so nobody could ever reach the first one's session. */
static enum err end_orphan(struct db_conn *conn, const struct change *c,
	const struct browser_sessions *here, const struct interaction *row)
{
	struct session orphan;
	enum err err;

	if (row->login_at == 0 || row->sid.n == 0)
		return OK;
	for (size_t i = 0; i < here->count; i++)
		if (str_eq(here->list[i].sid, row->sid))
			return OK;
	err = session_find(conn, c->arena, row->sid, &orphan);
	if (err == ERR_NOT_FOUND || (err == OK && orphan.created_at < row->created_at))
		return OK;
	return err == OK ? end_quietly(conn, row->sid, c->in->flow->rq->now) : err;
}

static enum err write_session(struct db_conn *conn, struct change *c,
	const struct browser_sessions *here, const struct interaction *row)
{
	const struct flow *f = c->in->flow;
	const struct session *mine = browser_sessions_of(
		here, &f->tenant->settings, c->in->user->user_id, f->rq->now);
	enum err err;

	if (mine != NULL) {
		c->session = *mine;
		renew(&c->session, c->in);
		return session_reauthenticate(conn, &c->session);
	}
	c->session = new_session(c->in);
	err = end_dead_ones(conn, c, here);
	if (err == OK)
		err = end_orphan(conn, c, here, row);
	return err == OK ? session_insert(conn, &c->session, c->after) : err;
}

/* A password that was changed since it was verified proves nothing, and what was signed in by
 * it has ended already. A passkey's answer is judged where it is written down. */
static enum err write_hash(struct db_conn *conn, const struct change *c)
{
	struct user now;
	enum err err;

	if (c->in->proof != NULL)
		return OK;
	err = user_find(conn, c->arena, c->in->user->user_id, &now);
	if (err == OK && !str_eq(now.password_hash, c->in->user->password_hash))
		return ERR_CONFLICT;
	if (err != OK || c->in->new_hash.n == 0)
		return err;
	return user_set_password_hash(conn, now.user_id, c->in->new_hash);
}

static enum err write_user(struct db_conn *conn, const struct change *c)
{
	const struct http_request *rq = c->in->flow->rq;
	enum err err = user_note_login(conn, c->in->user->user_id, rq->remote, rq->now);

	if (err == OK && c->in->proof != NULL)
		err = factor_proof_write(conn, c->in->proof, rq->now);
	if (err == OK)
		err = attempts_forget(conn, c->in->attempts);
	return err == OK ? write_hash(conn, c) : err;
}

static int64_t cookie_age(const struct change *c, const struct browser_sessions *here)
{
	const struct settings *settings = &c->in->flow->tenant->settings;
	int64_t now = c->in->flow->rq->now;
	int64_t others = browser_cookie_age(here->list, here->count, settings, now);
	int64_t mine = browser_cookie_age(&c->session, 1, settings, now);

	return mine > others ? mine : others;
}

static enum err write_sign_in(struct db_conn *conn, void *arg)
{
	struct change *c = arg;
	struct flow *f = c->in->flow;
	struct browser_sessions here = { 0 };
	struct interaction row;
	enum err err = interaction_find(conn, c->arena, f->row.key, f->rq->now, &row);

	if (err == OK)
		err = move_sessions(conn, c, &here);
	if (err == OK)
		err = write_session(conn, c, &here, &row);
	if (err == OK)
		err = write_user(conn, c);
	if (err != OK)
		return err;
	c->cookie_age = cookie_age(c, &here);
	/* Whoever signs in has also said who they are: no account page after this. */
	f->row.answered = row.answered | PROMPT_LOGIN | PROMPT_SELECT_ACCOUNT;
	f->row.login_at = f->rq->now;
	f->row.sid = c->session.sid;
	return interaction_update(conn, &f->row);
}

enum err sign_in(const struct sign_in *in, struct http_response *rs)
{
	struct flow *f = in->flow;
	struct browser_secret secret = browser_secret_new(f->tenant, f->rq->arena);
	struct change c = { .in = in, .arena = f->rq->arena, .after = secret.digest };
	struct browser_sessions here;
	enum err err = browser_sessions_find(f->tenant, f->issuer, f->rq, S(""), &here);

	if (err != OK)
		return err;
	c.before = here.digest;
	flow_keep_locale(f);
	err = db_write(f->tenant->db, write_sign_in, &c);
	if (err == ERR_NOT_FOUND)
		return flow_refuse_as(f, FLOW_GONE, rs);
	if (err != OK)
		return err;
	login_event_write(f, &(struct login_event){ .type = "s",
				     .description = "Signed in",
				     .user_id = in->user->user_id,
				     .sid = c.session.sid });
	response_cookie(
		rs, f->rq->arena, f->issuer->cookie, secret.cookie, "None", c.cookie_age);
	browser_state_renew(f->issuer, f->rq, rs, c.cookie_age);
	flow_resume(f, rs);
	return OK;
}
