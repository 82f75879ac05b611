/* SPDX-License-Identifier: Apache-2.0 */

/* /u/account/export: what is kept of a person, as JSON, for them to take along. No secret, no
 * hash, no digest. */

#include "base/clock.h"
#include "login/login.h"
#include "login/own_page.h"
#include "store/event.h"
#include "store/factor.h"
#include "store/grant.h"
#include "store/metadata.h"
#include "store/refresh_token.h"
#include "store/remembered_browser.h"
#include "tenant/user_fields.h"
#include "json/json_writer.h"

static const char path[] = "u/account/export";

enum { MS = 1000, EVENTS_MAX = 1000 };

struct export
{
	struct db_conn *conn;
	struct arena *arena;
	struct str user_id;
	int64_t now;
	struct json_writer w;
};

static void put_time(struct export *x, const char *name, int64_t at)
{
	if (at > 0)
		json_put_str(&x->w, name, clock_iso(x->arena, at * MS));
}

static void put_user(struct export *x, const struct user *u)
{
	json_key(&x->w, "user");
	user_fields_write(x->arena, u, false, &x->w);
	json_put_bool(&x->w, "has_password", u->password_hash.n > 0);
	put_time(x, "created_at", u->created_at);
	put_time(x, "updated_at", u->updated_at);
	put_time(x, "last_password_reset", u->last_password_reset);
	put_time(x, "last_login", u->last_login);
	json_put_opt(&x->w, "last_ip", u->last_ip);
	json_put_int(&x->w, "logins_count", u->logins_count);
	json_end_map(&x->w);
}

/* What was said of one session: where it was used, and what actions keep with it. */
static enum err put_use(struct export *x, struct str sid)
{
	struct str metadata = { 0 };
	struct str *clients;
	size_t count;
	enum err err = session_clients(x->conn, x->arena, sid, &clients, &count);

	if (err != OK)
		return err;
	json_key(&x->w, "clients");
	json_begin_list(&x->w);
	for (size_t i = 0; i < count; i++)
		json_str(&x->w, clients[i]);
	json_end_list(&x->w);
	err = session_metadata_find(x->conn, x->arena, sid, &metadata);
	if (metadata.n > 0)
		json_put_raw(&x->w, "metadata", metadata);
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err put_sessions(struct export *x)
{
	struct session *list;
	size_t count;
	enum err err = session_list_by_user(x->conn, x->arena, x->user_id, &list, &count);

	json_key(&x->w, "sessions");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		json_put_str(&x->w, "id", list[i].sid);
		put_time(x, "created_at", list[i].created_at);
		put_time(x, "authenticated_at", list[i].authenticated_at);
		put_time(x, "last_active_at", list[i].last_active_at);
		if (list[i].methods.n > 0)
			json_put_raw(&x->w, "authentication_methods", list[i].methods);
		json_put_opt(&x->w, "ip", list[i].ip);
		json_put_opt(&x->w, "user_agent", list[i].user_agent);
		err = put_use(x, list[i].sid);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err put_browsers(struct export *x)
{
	struct remembered_browser *list;
	size_t count;
	enum err err =
		remembered_browser_list(x->conn, x->arena, x->user_id, x->now, &list, &count);

	json_key(&x->w, "remembered_browsers");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		put_time(x, "created_at", list[i].created_at);
		put_time(x, "last_used_at", list[i].last_used_at);
		json_put_opt(&x->w, "ip", list[i].ip);
		json_put_opt(&x->w, "user_agent", list[i].user_agent);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err put_grants(struct export *x)
{
	struct grant *list;
	size_t count;
	enum err err = grant_list_by_user(x->conn, x->arena, x->user_id, &list, &count);

	json_key(&x->w, "grants");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		json_put_str(&x->w, "client_id", list[i].client_id);
		json_put_opt(&x->w, "audience", list[i].audience);
		json_put_words(&x->w, "scope", list[i].scope);
		put_time(x, "created_at", list[i].created_at);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err put_families(struct export *x)
{
	struct refresh_family *list;
	size_t count;
	enum err err =
		refresh_family_list_by_user(x->conn, x->arena, x->user_id, &list, &count);

	json_key(&x->w, "refresh_tokens");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		json_put_str(&x->w, "client_id", list[i].client_id);
		json_put_words(&x->w, "scope", list[i].scope);
		put_time(x, "created_at", list[i].created_at);
		put_time(x, "last_used_at", list[i].last_used_at);
		put_time(x, "revoked_at", list[i].revoked_at);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err put_factors(struct export *x)
{
	struct factor *list;
	size_t count;
	enum err err = factor_list(x->conn, x->arena, x->user_id, &list, &count);

	json_key(&x->w, "authentication_methods");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		json_put_str(&x->w, "type", list[i].type);
		json_put_opt(&x->w, "name", list[i].name);
		put_time(x, "created_at", list[i].created_at);
		put_time(x, "last_used_at", list[i].last_used_at);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err put_events(struct export *x)
{
	struct event_filter filter = {
		.user_id = x->user_id, .descending = true, .max = EVENTS_MAX
	};
	struct event *list;
	size_t count;
	enum err err = event_list(x->conn, x->arena, &filter, &list, &count);

	json_key(&x->w, "log");
	json_begin_list(&x->w);
	for (size_t i = 0; err == OK && i < count; i++) {
		json_begin_map(&x->w);
		json_put_str(&x->w, "date", clock_iso(x->arena, list[i].at_ms));
		json_put_str(&x->w, "type", list[i].type);
		json_put_opt(&x->w, "description", list[i].description);
		json_put_opt(&x->w, "client_id", list[i].client_id);
		json_put_opt(&x->w, "ip", list[i].ip);
		json_put_opt(&x->w, "user_agent", list[i].user_agent);
		json_end_map(&x->w);
	}
	json_end_list(&x->w);
	return err;
}

static enum err write_export(const struct own_page *p, struct buf *b)
{
	static enum err (*const parts[])(struct export *) = { put_sessions, put_grants,
		put_families, put_factors, put_browsers, put_events };
	struct export x = {
		.conn = db_reader(p->flow.tenant->db),
		.arena = p->flow.rq->arena,
		.user_id = p->user.user_id,
		.now = p->flow.rq->now,
		.w = json_writer_on(b),
	};
	enum err err = OK;

	json_begin_map(&x.w);
	put_user(&x, &p->user);
	for (size_t i = 0; err == OK && i < sizeof(parts) / sizeof(parts[0]); i++)
		err = parts[i](&x);
	json_end_map(&x.w);
	return err;
}

static enum err serve(struct own_page *p, struct http_response *rs)
{
	struct buf b = buf_new(p->flow.rq->arena, 16 * 1024);
	enum err err = write_export(p, &b);

	if (err != OK)
		return err;
	response_json(rs, 200, buf_str(&b));
	response_header(rs, "Content-Disposition", S("attachment; filename=\"account.json\""));
	response_no_store(rs);
	return OK;
}

enum err export_page(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return own_page_handle(op, rq, rs, path, OWN_PAGE_FRESH, serve);
}
