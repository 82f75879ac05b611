/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/logout/end_session.h"

#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "oidc/authorize/interaction_begin.h"
#include "oidc/logout/end_session_decide.h"
#include "oidc/logout/ending.h"
#include "oidc/tenant_page.h"
#include "oidc/token/id_token_hint.h"
#include "tenant/session_ending.h"
#include "tenant/subject.h"
#include "json/json_writer.h"

enum { ASK_SECONDS = 3600, INTERACTION_ID_BYTES = 24, STATE_MAX_LOGOUT = 4096 };

struct request {
	struct str id_token_hint;
	struct str logout_hint;
	struct str client_id;
	struct str uri; /* post_logout_redirect_uri */
	struct str state;
	struct str ui_locales;
	const struct client *client; /* NULL when none is named */
	struct id_token_hint hint;   /* empty when none came */
};

static const struct fault repeated = { "invalid_request",
	STR_LIT("A parameter was sent more than once or is malformed."),
	REASON_REQUEST_INVALID };
static const struct fault long_state = { "invalid_request",
	STR_LIT("The parameter state is longer than 4096 bytes."), REASON_REQUEST_INVALID };

static const struct fault *check_params(const struct params *params)
{
	for (size_t i = 0; i < params->count; i++)
		if (params->list[i].repeated || params->list[i].malformed)
			return &repeated;
	if (params->too_many || params->malformed_name)
		return &repeated;
	if (params_get(params, "state").n > STATE_MAX_LOGOUT)
		return &long_state;
	return NULL;
}

static struct request read_request(const struct params *params)
{
	return (struct request){
		.id_token_hint = params_get(params, "id_token_hint"),
		.logout_hint = params_get(params, "logout_hint"),
		.client_id = params_get(params, "client_id"),
		.uri = params_get(params, "post_logout_redirect_uri"),
		.state = params_get(params, "state"),
		.ui_locales = params_get(params, "ui_locales"),
	};
}

/* Who asks: the client that is named, or else the one the hint was given to. */
static const struct fault *find_client(
	const struct tenant *t, struct arena *a, struct request *r)
{
	const struct fault *fault = NULL;

	r->client = tenant_client(t, r->client_id);
	if (r->client_id.n > 0 && r->client == NULL)
		return fault_with(a, "invalid_request", REASON_CLIENT_UNKNOWN,
			"Unknown client: ", r->client_id, "");
	if (r->id_token_hint.n > 0)
		fault = id_token_hint_read(t, r->client, a, r->id_token_hint, &r->hint);
	if (fault == NULL && r->client == NULL)
		r->client = tenant_client(t, r->hint.client_id);
	return fault;
}

static const struct fault *check_uri(
	const struct tenant *t, struct arena *a, const struct request *r)
{
	bool allowed;

	if (r->uri.n == 0)
		return NULL;
	allowed = r->client != NULL ? client_has_logout_url_exactly(r->client, r->uri)
				    : ending_lists(t->settings.allowed_logout_urls, r->uri);
	return allowed ? NULL : ending_url_mismatch(a, r->uri);
}

/* The live session of this browser that a hint names, or NULL. */
static const struct session *hinted_session(const struct ending *e, const struct request *r)
{
	struct str sid = r->hint.sid.n > 0 ? r->hint.sid : r->logout_hint;

	for (size_t i = 0; i < e->live_count; i++) {
		const struct session *s = &e->live[i];

		if (r->hint.sub.n > 0 &&
			!str_eq(subject_for(e->tenant, r->client, e->rq->arena, s->user_id),
				r->hint.sub))
			continue;
		if (sid.n > 0 ? str_eq(s->sid, sid) : r->hint.sub.n > 0)
			return s;
	}
	return NULL;
}

static struct str origin_of(struct arena *a, struct str uri)
{
	struct url parsed;
	struct str origin;

	if (uri.n == 0 || url_parse(uri, &parsed) != OK)
		return S("");
	origin = url_origin(a, &parsed);
	return origin.n > 0 ? origin : arena_printf(a, STR_FMT ":", STR_ARG(parsed.scheme));
}

/* What the page may know (store/interaction.h). */
static struct str page_data(struct arena *a, const struct request *r)
{
	struct buf text = buf_new(a, 256);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	if (r->client != NULL) {
		json_put_opt(&w, "client_name", r->client->name);
		json_put_opt(&w, "logo_uri", r->client->logo_uri);
		json_put_opt(&w, "policy_uri", r->client->policy_uri);
		json_put_opt(&w, "tos_uri", r->client->tos_uri);
	}
	json_put_opt(&w, "ui_locales", r->ui_locales);
	json_put_opt(&w, "redirect_origin", origin_of(a, r->uri));
	json_end_map(&w);
	return buf_str(&text);
}

static void put_param(struct buf *b, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	buf_addf(b, "%s%s=", b->n > 0 ? "&" : "", name);
	url_encode_add(b, value);
}

/* Without the hint: it is good for this one moment, and what it proved is known now. */
static struct str request_text(struct arena *a, const struct request *r)
{
	struct buf b = buf_new(a, 512);

	if (r->client != NULL)
		put_param(&b, "client_id", r->client->client_id);
	put_param(&b, "post_logout_redirect_uri", r->uri);
	put_param(&b, "state", r->state);
	put_param(&b, "ui_locales", r->ui_locales);
	return buf_str(&b);
}

static enum err write_interaction(struct db_conn *conn, void *arg)
{
	return interaction_insert(conn, arg);
}

static void go_to_page(const struct ending *e, struct str id)
{
	response_redirect(e->rs, e->rq->method == HTTP_POST ? 303 : 302,
		arena_printf(e->rq->arena, STR_FMT "u/logout?state=" STR_FMT,
			STR_ARG(e->issuer->url), STR_ARG(id)));
}

static enum err ask(struct ending *e, const struct request *r)
{
	struct arena *a = e->rq->arena;
	struct str id = random_token(a, INTERACTION_ID_BYTES);
	struct interaction row = {
		.key = sha256(a, id),
		.binding = sha256(a, interaction_cookie(e->issuer, e->rq, e->rs)),
		.client_id = e->client_id,
		.request = request_text(a, r),
		.issuer = e->issuer->url,
		.page = S("logout"),
		.data = page_data(a, r),
		.created_at = e->rq->now,
		.expires_at = e->rq->now + ASK_SECONDS,
	};
	enum err err = db_write(e->tenant->db, write_interaction, &row);

	if (err == OK)
		go_to_page(e, id);
	return err;
}

static enum err act(struct ending *e, const struct request *r)
{
	const struct session *named = hinted_session(e, r);
	struct end_session_facts facts = {
		.sessions = e->live_count > 0,
		.hint_names_one = named != NULL,
		.may_ask = e->tenant->settings.oidc_logout_prompt_enabled,
	};
	enum err err = OK;

	switch (end_session_decide(&facts)) {
	case END_SESSION_ASK:
		return ask(e, r);
	case END_SESSION_NAMED:
		err = ending_end(e, named, 1);
		break;
	case END_SESSION_ALL:
	case END_SESSION_NOTHING:
		err = ending_end(e, e->live, e->live_count);
		break;
	}
	return err == OK ? ending_leave(e, r->uri, r->state, r->ui_locales) : err;
}

enum err end_session(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct params params =
		params_read(rq->arena, rq->method == HTTP_POST ? rq->body : rq->query);
	struct request r = read_request(&params);
	struct ending e = { .rs = rs };
	const struct fault *fault;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	fault = check_params(&params);
	if (fault == NULL)
		fault = find_client(t, rq->arena, &r);
	if (r.client != NULL)
		e.client_id = r.client->client_id;
	err = ending_open(op, t, rq, &e);
	if (err != OK)
		return err;
	if (fault == NULL)
		fault = check_uri(t, rq->arena, &r);
	if (fault == NULL)
		return act(&e, &r);
	ending_refuse(&e, fault, r.uri);
	return OK;
}

/*
 * The sessions that the page ended, with their tokens; and the interaction. Only one of two
 * tabs gets OK.
 */
struct finishing {
	const struct ending *ending;
	const struct interaction *row;
	const struct json *ended; /* list of sids, or NULL */
};

static enum err write_finish(struct db_conn *conn, void *arg)
{
	const struct finishing *f = arg;
	const struct http_request *rq = f->ending->rq;

	json_each(sid, f->ended)
	{
		enum err err = session_end_with_tokens(
			f->ending->tenant, conn, rq->arena, sid->str, S("logout"), rq->now);

		if (err != OK && err != ERR_NOT_FOUND)
			return err;
	}
	return interaction_take(conn, f->row->key);
}

static enum err finish(struct ending *e, const struct interaction *row)
{
	struct arena *a = e->rq->arena;
	struct params params = params_read(a, row->request);
	struct request r = read_request(&params);
	struct finishing f = { .ending = e, .row = row };
	const struct json *data = NULL;
	enum err err;

	if (json_parse(a, row->data, &data, NULL) != OK)
		data = NULL;
	f.ended = json_get(data, "page_ended");
	/* The page has not been answered yet. */
	if (f.ended == NULL && e->live_count > 0)
		return ERR_CONFLICT;
	r.client = tenant_client(e->tenant, r.client_id);
	err = db_write(e->tenant->db, write_finish, &f);
	if (err != OK)
		return err;
	if (e->live_count == 0)
		ending_forget_cookie(e);
	/* Asked again: the registration may have changed meanwhile. */
	json_each(sid, f.ended)
	{
		ending_note(e, sid->str);
	}
	return ending_leave(
		e, check_uri(e->tenant, a, &r) == NULL ? r.uri : S(""), r.state, r.ui_locales);
}

enum err end_session_resume(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct params params = params_read(rq->arena, rq->query);
	struct str id = params_get(&params, "state");
	struct ending e = { .rs = rs };
	struct interaction row;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	err = ending_open(op, t, rq, &e);
	if (err == OK)
		err = interaction_resume(t, e.issuer, rq, id, &row);
	if (err == OK && !str_is(row.page, "logout"))
		err = ERR_NOT_FOUND;
	if (err == OK) {
		e.client_id = row.client_id;
		err = finish(&e, &row);
	}
	if (err == ERR_CONFLICT) {
		go_to_page(&e, id);
		return OK;
	}
	if (err != ERR_NOT_FOUND)
		return err;
	tenant_page_expired(t, rq, rs, "logout.gone.body");
	return OK;
}
