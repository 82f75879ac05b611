/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_event.h"

#include "base/clock.h"
#include "notify/notify.h"
#include "oidc/session/session_method.h"
#include "page/page.h"
#include "store/metadata.h"
#include "json/json_writer.h"

typedef struct authorize_event event;

enum { MS = 1000 };

static const char connection[] = "Username-Password-Authentication";

enum err authorize_event_load(struct arena *a, event *e)
{
	struct db_conn *db = db_reader(e->subject->tenant->db);
	enum err err = factor_list(db, a, e->user->user_id, &e->factors, &e->factor_count);

	if (err == OK && e->session != NULL)
		err = session_clients(
			db, a, e->session->sid, &e->session_clients, &e->session_client_count);
	if (err == OK && e->session != NULL)
		err = session_metadata_find(db, a, e->session->sid, &e->session_metadata);
	if ((err == OK || err == ERR_NOT_FOUND) && e->family != NULL)
		err = refresh_metadata_find(db, a, e->family->family_id, &e->refresh_metadata);
	return err == ERR_NOT_FOUND ? OK : err;
}

static const struct json *parse_or_none(struct arena *a, struct str text)
{
	const struct json *value = NULL;

	if (text.n == 0 || json_parse(a, text, &value, NULL) != OK)
		return NULL;
	return value;
}

static void put_time(struct json_writer *w, const char *name, int64_t seconds)
{
	if (seconds > 0)
		json_put_str(w, name, clock_iso(w->buf->arena, seconds * MS));
}

static void put_map(struct json_writer *w, const char *name, struct str json)
{
	json_put_raw(w, name, json.n > 0 ? json : S("{}"));
}

static void begin_map(struct json_writer *w, const char *name)
{
	json_key(w, name);
	json_begin_map(w);
}

static void put_profile(struct json_writer *w, const struct user *u)
{
	static const char *const names[] = { "given_name", "family_name", "nickname",
		"picture" };
	const struct json *profile = parse_or_none(w->buf->arena, u->profile);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		json_put_opt(w, names[i], json_get_str(profile, names[i]));
}

static void put_identities(struct json_writer *w, const struct user *u)
{
	ptrdiff_t bar = str_index(u->user_id, '|');

	json_key(w, "identities");
	json_begin_list(w);
	json_begin_map(w);
	json_put_str(w, "connection", str_from(connection));
	json_put_str(w, "provider", bar > 0 ? str_first(u->user_id, (size_t)bar) : S("auth0"));
	json_put_str(
		w, "user_id", bar > 0 ? str_after(u->user_id, (size_t)bar + 1) : u->user_id);
	json_put_bool(w, "isSocial", false);
	json_end_map(w);
	json_end_list(w);
}

/* Under the names that actions use; a passkey that knows its holder is the platform's. */
static struct str factor_name(struct str type)
{
	if (str_is(type, "totp"))
		return S("otp");
	return str_is(type, "passkey") ? S("webauthn-platform") : type;
}

/* A confirmed address is one, where an action may name it (login/mfa_kinds.c). */
static bool has_mail(const event *e)
{
	const struct tenant *t = e->subject->tenant;

	return e->user->email_verified && (t->settings.factors & FACTOR_EMAIL) &&
	       notify_is_address(e->user->email) && notify_can_send(e->op, t);
}

static void put_factor(struct json_writer *w, struct str name)
{
	json_begin_map(w);
	json_put_str(w, "type", name);
	json_put_raw(w, "options", S("{}"));
	json_end_map(w);
}

static void put_factors(struct json_writer *w, const event *e)
{
	json_key(w, "enrolledFactors");
	json_begin_list(w);
	if (has_mail(e))
		put_factor(w, S("email"));
	for (size_t i = 0; i < e->factor_count; i++) {
		if (e->factors[i].confirmed)
			put_factor(w, factor_name(e->factors[i].type));
	}
	json_end_list(w);
}

/* Before enrolledFactors there was this list of names. */
static void put_multifactor(struct json_writer *w, const event *e)
{
	bool otp = false;

	for (size_t i = 0; i < e->factor_count; i++)
		otp = otp || (e->factors[i].confirmed && str_is(e->factors[i].type, "totp"));
	json_put_raw(w, "multifactor", otp ? S("[\"google-authenticator\"]") : S("[]"));
}

static void put_user(struct json_writer *w, const event *e)
{
	const struct user *u = e->user;

	begin_map(w, "user");
	json_put_str(w, "user_id", u->user_id);
	json_put_opt(w, "email", u->email);
	json_put_bool(w, "email_verified", u->email_verified);
	json_put_opt(w, "name", u->name);
	json_put_opt(w, "username", u->username);
	put_profile(w, u);
	json_put_opt(w, "phone_number", u->phone_number);
	if (u->phone_number.n > 0)
		json_put_bool(w, "phone_verified", u->phone_verified);
	put_time(w, "created_at", u->created_at);
	put_time(w, "updated_at", u->updated_at);
	put_time(w, "last_password_reset", u->last_password_reset);
	put_map(w, "app_metadata", u->app_metadata);
	put_map(w, "user_metadata", u->user_metadata);
	put_identities(w, u);
	put_multifactor(w, e);
	put_factors(w, e);
	json_end_map(w);
}

static void put_client(struct json_writer *w, const struct client *c)
{
	bool has = str_find(c->document, S("\"client_metadata\"")) >= 0;
	const struct json *metadata = json_get(
		parse_or_none(w->buf->arena, has ? c->document : S("")), "client_metadata");

	begin_map(w, "client");
	json_put_str(w, "client_id", c->client_id);
	json_put_str(w, "name", c->name);
	json_key(w, "metadata");
	if (metadata != NULL)
		json_value(w, metadata);
	else
		json_raw(w, S("{}"));
	json_end_map(w);
}

static void put_methods(struct json_writer *w, struct str methods)
{
	struct session_method method;

	begin_map(w, "authentication");
	json_key(w, "methods");
	json_begin_list(w);
	while (session_method_next(&methods, &method)) {
		json_begin_map(w);
		json_put_str(w, "name", method.name);
		json_put_str(w, "timestamp", clock_iso(w->buf->arena, method.timestamp_ms));
		json_put_opt(w, "type", method.type);
		json_end_map(w);
	}
	json_end_list(w);
	json_end_map(w);
}

static struct str protocol_of(const event *e)
{
	unsigned response_type = e->subject->request->response_type;

	if (e->by_token)
		return e->family != NULL ? S("oauth2-refresh-token")
					 : S("oauth2-client-credentials");
	if (e->subject->device.n > 0)
		return S("oauth2-device-code");
	if (response_type == RESPONSE_CODE)
		return S("oidc-basic-profile");
	return response_type & RESPONSE_CODE ? S("oidc-hybrid-profile")
					     : S("oidc-implicit-profile");
}

static struct str locale_of(const event *e)
{
	struct str enabled =
		str_list_words(e->rq->arena, e->subject->tenant->settings.enabled_locales);

	return page_locale(e->rq, e->subject->request->ui_locales, enabled);
}

/* What only an authorization request has. */
static void put_authorization(struct json_writer *w, const struct authorize_request *ar)
{
	static const char *const modes[] = { [MODE_QUERY] = "query",
		[MODE_FRAGMENT] = "fragment",
		[MODE_FORM_POST] = "form_post",
		[MODE_WEB_MESSAGE] = "web_message" };

	json_put_words(w, "acr_values", ar->acr_values);
	json_put_opt(w, "login_hint", ar->login_hint);
	json_put_words(w, "prompt", ar->prompt_text);
	json_put_str(w, "redirect_uri", ar->redirect_uri);
	json_put_str(w, "response_mode", str_from(modes[ar->mode]));
	json_put_words(w, "response_type", str_from(response_type_name(ar->response_type)));
	json_put_opt(w, "state", ar->state);
	json_put_words(w, "ui_locales", ar->ui_locales);
}

static void put_transaction(struct json_writer *w, const event *e)
{
	const struct authorize_request *ar = e->subject->request;

	begin_map(w, "transaction");
	json_put_str(w, "id", e->rq->id);
	json_put_bool(w, "silent", e->silent);
	json_put_str(w, "protocol", protocol_of(e));
	json_put_words(w, "requested_scopes", ar->scope);
	if (!e->by_token)
		put_authorization(w, ar);
	json_put_opt(w, "correlation_id", params_get(&ar->params, "correlation_id"));
	json_put_opt(w, "locale", locale_of(e));
	json_put_raw(w, "metadata", S("{}"));
	json_end_map(w);
}

/* What opens something is not an action's business. */
static bool is_secret(struct str name)
{
	static const char secrets[] = "client_secret client_assertion refresh_token";

	return str_has_word(str_from(secrets), name);
}

/* A name that came twice counts once: JSON has no other way. */
static void put_params(struct json_writer *w, const char *name, const struct params *params)
{
	begin_map(w, name);
	for (size_t i = 0; params != NULL && i < params->count; i++) {
		if (params->list[i].name.n == 0 || is_secret(params->list[i].name) ||
			params_find(params, arena_cstr(w->buf->arena, params->list[i].name)) !=
				&params->list[i])
			continue;
		json_key_str(w, params->list[i].name);
		json_str(w, params->list[i].value);
	}
	json_end_map(w);
}

static void put_request(struct json_writer *w, const event *e)
{
	const struct params *all =
		e->returned != NULL ? e->returned : &e->subject->request->params;
	const struct params *query = e->by_token ? NULL : all;
	bool post = e->returned != NULL ? e->returned_by_post : e->rq->method == HTTP_POST;

	begin_map(w, "request");
	json_put_str(w, "ip", e->rq->remote);
	json_put_str(w, "method", post ? S("POST") : S("GET"));
	json_put_str(w, "hostname", e->rq->host);
	json_put_opt(w, "language", http_languages(e->rq));
	json_put_opt(w, "user_agent", http_header(e->rq, "User-Agent"));
	put_params(w, "query", query);
	put_params(w, "body", post ? all : NULL);
	json_end_map(w);
}

static void put_session(struct json_writer *w, const event *e)
{
	const struct session *s = e->session;

	if (s == NULL)
		return;
	begin_map(w, "session");
	json_put_str(w, "id", s->sid);
	json_put_str(w, "user_id", s->user_id);
	put_time(w, "authenticated_at", s->authenticated_at);
	put_time(w, "created_at", s->created_at);
	put_time(w, "updated_at", s->last_active_at);
	put_time(w, "last_interacted_at", s->last_active_at);
	put_time(w, "expires_at", s->authenticated_at + s->lifetime);
	put_time(w, "idle_expires_at", s->last_active_at + s->idle_lifetime);
	json_key(w, "clients");
	json_begin_list(w);
	for (size_t i = 0; i < e->session_client_count; i++) {
		json_begin_map(w);
		json_put_str(w, "client_id", e->session_clients[i]);
		json_end_map(w);
	}
	json_end_list(w);
	begin_map(w, "device");
	json_put_opt(w, "initial_ip", s->ip);
	json_put_opt(w, "initial_user_agent", s->user_agent);
	json_put_opt(w, "last_ip", e->rq->remote);
	json_put_opt(w, "last_user_agent", http_header(e->rq, "User-Agent"));
	json_end_map(w);
	begin_map(w, "cookie");
	json_put_str(w, "mode", s->persistent ? S("persistent") : S("non-persistent"));
	json_end_map(w);
	put_map(w, "metadata", e->session_metadata);
	json_end_map(w);
}

static void put_refresh_token(struct json_writer *w, const event *e)
{
	const struct refresh_family *f = e->family;

	if (f == NULL)
		return;
	begin_map(w, "refresh_token");
	json_put_str(w, "id", f->family_id);
	json_put_str(w, "client_id", f->client_id);
	json_put_opt(w, "session_id", f->sid);
	json_put_bool(w, "rotating", f->rotating);
	put_time(w, "created_at", f->created_at);
	put_time(w, "expires_at", f->expires_at);
	if (f->idle_lifetime > 0)
		put_time(w, "idle_expires_at", f->last_used_at + f->idle_lifetime);
	json_key(w, "resource_servers");
	json_begin_list(w);
	if (f->audience.n > 0) {
		json_begin_map(w);
		json_put_str(w, "audience", f->audience);
		json_put_str(w, "scopes", f->scope);
		json_end_map(w);
	}
	json_end_list(w);
	begin_map(w, "device");
	json_put_opt(w, "last_ip", e->rq->remote);
	json_put_opt(w, "last_user_agent", http_header(e->rq, "User-Agent"));
	json_end_map(w);
	put_map(w, "metadata", e->refresh_metadata);
	json_end_map(w);
}

static void put_api_and_tenant(struct json_writer *w, const event *e)
{
	if (e->subject->api != NULL) {
		begin_map(w, "resource_server");
		json_put_str(w, "identifier", e->subject->api->identifier);
		json_end_map(w);
	}
	begin_map(w, "tenant");
	json_put_str(w, "id", e->subject->tenant->name);
	json_end_map(w);
}

static void put_rest(struct json_writer *w, const event *e)
{
	begin_map(w, "connection");
	json_put_str(w, "id", str_from(connection));
	json_put_str(w, "name", str_from(connection));
	json_put_str(w, "strategy", S("auth0"));
	json_put_raw(w, "metadata", S("{}"));
	json_end_map(w);
	begin_map(w, "stats");
	json_put_int(w, "logins_count", e->user->logins_count);
	json_end_map(w);
	put_api_and_tenant(w, e);
}

struct str client_event_write(struct arena *a, const event *e)
{
	struct buf b = buf_new(a, 1024);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	put_client(&w, e->subject->client);
	put_transaction(&w, e);
	put_request(&w, e);
	put_api_and_tenant(&w, e);
	json_end_map(&w);
	return buf_str(&b);
}

struct str authorize_event_write(struct arena *a, const event *e)
{
	struct buf b = buf_new(a, 4096);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	put_user(&w, e);
	put_client(&w, e->subject->client);
	put_methods(&w, e->methods);
	put_transaction(&w, e);
	put_request(&w, e);
	put_session(&w, e);
	put_refresh_token(&w, e);
	put_rest(&w, e);
	json_end_map(&w);
	return buf_str(&b);
}
