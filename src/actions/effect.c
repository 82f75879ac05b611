/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/effect.h"

#include "base/url.h"
#include "store/metadata.h"
#include "store/refresh_token.h"
#include "store/session.h"
#include "store/user.h"
#include "json/json_writer.h"

enum { MS = 1000, METADATA_MOST = 32 * 1024 };

struct effect {
	const struct action_call *call;
	const struct json *wish;
};

static const struct json *read_map(struct arena *a, struct str text)
{
	const struct json *map = NULL;

	if (text.n == 0 || json_parse(a, text, &map, NULL) != OK)
		return NULL;
	return map;
}

/* The first level is merged, and null deletes, as the management API does it. */
static struct str merge(struct arena *a, struct str text, const struct json *changes)
{
	struct buf b = buf_new(a, text.n + 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_each(member, read_map(a, text))
	{
		if (json_get(changes, arena_cstr(a, member->key)) != NULL)
			continue;
		json_key_str(&w, member->key);
		json_value(&w, member);
	}
	json_each(change, changes)
	{
		if (change->type == JSON_NULL_VALUE)
			continue;
		json_key_str(&w, change->key);
		json_value(&w, change);
	}
	json_end_map(&w);
	return buf_str(&b);
}

static enum err write_user(struct db_conn *conn, const struct effect *e)
{
	const struct json *app = json_get(e->wish, "app_metadata");
	const struct json *own = json_get(e->wish, "user_metadata");
	struct arena *a = e->call->arena;
	struct user user;
	enum err err;

	if (app == NULL && own == NULL)
		return OK;
	err = user_find(conn, a, e->call->user_id, &user);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	if (app != NULL)
		user.app_metadata = merge(a, user.app_metadata, app);
	if (own != NULL)
		user.user_metadata = merge(a, user.user_metadata, own);
	if (user.app_metadata.n > METADATA_MOST || user.user_metadata.n > METADATA_MOST)
		return ERR_INVALID;
	user.updated_at = e->call->now;
	return user_update(conn, &user);
}

static enum err end_session(
	struct db_conn *conn, const struct effect *e, const struct json *wanted)
{
	const struct action_call *c = e->call;
	enum err err = session_end(conn, c->sid, S("action"), c->now);

	if (err == ERR_NOT_FOUND)
		err = OK;
	if (err == OK && !json_get_bool(wanted, "preserve_refresh_tokens", false))
		err = refresh_family_revoke_by_session(
			conn, c->sid, true, S("session"), c->now);
	return err;
}

static int64_t seconds_until(int64_t at_ms, int64_t from)
{
	int64_t seconds = at_ms / MS - from;

	return seconds > 0 ? seconds : 1;
}

/* An action can bring an end nearer, never push it back: settings are the most there is. */
static enum err limit_session(
	struct db_conn *conn, const struct effect *e, const struct json *wanted)
{
	int64_t expires_at = json_get_int(wanted, "expires_at", 0);
	int64_t idle_at = json_get_int(wanted, "idle_expires_at", 0);
	const struct action_call *c = e->call;
	struct session s, before;
	enum err err;

	if (expires_at == 0 && idle_at == 0)
		return OK;
	err = session_find(conn, c->arena, c->sid, &s);
	if (err != OK)
		return err;
	before = s;
	if (expires_at != 0 && seconds_until(expires_at, s.authenticated_at) < s.lifetime)
		s.lifetime = seconds_until(expires_at, s.authenticated_at);
	if (idle_at != 0 && seconds_until(idle_at, s.last_active_at) < s.idle_lifetime)
		s.idle_lifetime = seconds_until(idle_at, s.last_active_at);
	if (s.lifetime == before.lifetime && s.idle_lifetime == before.idle_lifetime)
		return OK;
	return session_set_lifetimes(conn, c->sid, s.lifetime, s.idle_lifetime);
}

/* With the lifetimes of that kind; what this run limits comes after it. */
static enum err set_mode(
	struct db_conn *conn, const struct effect *e, const struct json *wanted)
{
	const struct settings *settings = &e->call->tenant->settings;
	struct str mode = json_get_str(wanted, "cookie_mode");
	bool persistent = str_is(mode, "persistent");
	struct session s;
	enum err err;

	/* Where no browser asks there is no cookie to change. */
	if (mode.n == 0 || e->call->family_id.n > 0)
		return OK;
	err = session_find(conn, e->call->arena, e->call->sid, &s);
	if (err != OK || s.persistent == persistent)
		return err;
	return session_set_persistent(conn, s.sid, persistent,
		persistent ? settings->session_lifetime : settings->ephemeral_session_lifetime,
		persistent ? settings->idle_session_lifetime
			   : settings->idle_ephemeral_session_lifetime);
}

/* What stays of the metadata with these changes; *ret_changed is false where it is the same. */
static enum err change_metadata(const struct effect *e, const struct json *wanted,
	struct str before, struct str *ret, bool *ret_changed)
{
	bool evict = json_get_bool(wanted, "evict", false);
	struct str after =
		merge(e->call->arena, evict ? S("") : before, json_get(wanted, "metadata"));

	*ret = after;
	*ret_changed = !str_eq(after, before) && !(before.n == 0 && str_is(after, "{}"));
	return after.n > METADATA_MOST ? ERR_INVALID : OK;
}

/* The metadata of what `id` names, a session or a refresh family. */
static enum err note(struct db_conn *conn, const struct effect *e, const struct json *wanted,
	struct str id,
	enum err (*find)(struct db_conn *, struct arena *, struct str id, struct str *ret),
	enum err (*set)(struct db_conn *, struct str id, struct str metadata))
{
	struct str text;
	bool changed;
	enum err err;

	if (json_get(wanted, "metadata") == NULL)
		return OK;
	err = find(conn, e->call->arena, id, &text);
	if (err == OK)
		err = change_metadata(e, wanted, text, &text, &changed);
	if (err != OK || !changed)
		return err;
	return set(conn, id, text);
}

/* A session that has gone in the meantime needs nothing any more. */
static enum err write_session(struct db_conn *conn, const struct effect *e)
{
	const struct json *wanted = json_get(e->wish, "session");
	enum err err;

	if (wanted == NULL)
		return OK;
	if (json_get_bool(wanted, "revoke", false))
		return end_session(conn, e, wanted);
	err = set_mode(conn, e, wanted);
	if (err == OK)
		err = limit_session(conn, e, wanted);
	if (err == OK)
		err = note(conn, e, wanted, e->call->sid, session_metadata_find,
			session_metadata_set);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err limit_family(
	struct db_conn *conn, const struct effect *e, const struct json *wanted)
{
	struct refresh_family f, before;
	enum err err = refresh_family_find(conn, e->call->arena, e->call->family_id, &f);

	if (err != OK)
		return err;
	before = f;
	refresh_family_limit(&f, json_get_int(wanted, "expires_at", 0) / MS,
		json_get_int(wanted, "idle_expires_at", 0) / MS, e->call->now);
	if (f.expires_at == before.expires_at && f.idle_lifetime == before.idle_lifetime)
		return OK;
	return refresh_family_set_ends(conn, f.family_id, f.expires_at, f.idle_lifetime);
}

/* Of the one that is exchanged: what is wished for one that may come travels in the code. */
static enum err write_family(struct db_conn *conn, const struct effect *e)
{
	const struct json *wanted = json_get(e->wish, "refresh_token");
	const struct action_call *c = e->call;
	enum err err;

	if (wanted == NULL || c->family_id.n == 0)
		return OK;
	if (json_get_bool(wanted, "revoke", false)) {
		err = refresh_family_revoke(conn, c->family_id, S("action"), c->now);
	} else {
		err = limit_family(conn, e, wanted);
		if (err == OK)
			err = note(conn, e, wanted, c->family_id, refresh_metadata_find,
				refresh_metadata_set);
	}
	return err == ERR_NOT_FOUND ? OK : err;
}

/* An action's method is a URL: our own words (pwd, mfa) mean that we have seen the proof. The
 * reader of names knows no escapes (oidc/session/session_method.c). */
static bool is_method(struct str name)
{
	struct url url;

	return url_parse(name, &url) == OK && str_index(name, '"') < 0 &&
	       str_index(name, '\\') < 0;
}

static void put_methods(struct json_writer *w, const struct json *list, int64_t now_ms)
{
	json_each(method, list)
	{
		if (method->type != JSON_STR || !is_method(method->str))
			continue;
		json_begin_map(w);
		json_put_str(w, "name", method->str);
		json_put_int(w, "timestamp", now_ms);
		json_end_map(w);
	}
}

static enum err write_methods(struct db_conn *conn, const struct effect *e)
{
	const struct json *recorded = json_get(e->wish, "methods");
	struct arena *a = e->call->arena;
	struct buf b = buf_new(a, 256);
	struct json_writer w = json_writer_on(&b);
	struct session s;
	enum err err;

	if (recorded == NULL)
		return OK;
	err = session_find(conn, a, e->call->sid, &s);
	if (err != OK)
		return err == ERR_NOT_FOUND ? OK : err;
	json_begin_list(&w);
	json_each(method, read_map(a, s.methods)) if (!json_list_has(e->wish, "methods",
							      json_get_str(method, "name")))
		json_value(&w, method);
	put_methods(&w, recorded, e->call->now_ms);
	json_end_list(&w);
	err = session_set_methods(conn, e->call->sid, buf_str(&b));
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err write_all(struct db_conn *conn, void *arg)
{
	const struct effect *e = arg;
	enum err err = write_user(conn, e);

	if (err == OK)
		err = write_methods(conn, e);
	if (err == OK)
		err = write_session(conn, e);
	return err == OK ? write_family(conn, e) : err;
}

bool effect_is_wanted(const struct json *wish)
{
	static const char *const written[] = { "app_metadata", "user_metadata", "session",
		"methods", "refresh_token" };

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++)
		if (json_get(wish, written[i]) != NULL)
			return true;
	return false;
}

enum err effect_write(const struct action_call *c, const struct json *wish)
{
	struct effect e = { c, wish };

	return effect_is_wanted(wish) ? db_write(c->tenant->db, write_all, &e) : OK;
}
