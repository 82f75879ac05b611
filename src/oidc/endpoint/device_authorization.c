/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/device_authorization.h"

#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "oidc/authorize/authorize_check.h"
#include "oidc/client/client_authentication.h"
#include "oidc/cors_oidc.h"
#include "oidc/fault_response.h"
#include "oidc/rate_limit.h"
#include "oidc/record.h"
#include "store/device_grant.h"
#include "tenant/device_user_code.h"
#include "json/json_writer.h"

enum { CODE_BYTES = 32, TRIES = 4, AGAIN_SECONDS = 60 };

static const struct fault crowded = { "too_many_requests",
	STR_LIT("Too many devices wait to be let in (device_flow.waiting_most). Try again "
		"later."),
	REASON_TOO_MANY_REQUESTS };

struct asking {
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct http_request *rq;
	struct params params;
	struct client_authentication who;
	struct str device_code;
	struct str user_code;
};

/* What an authorization request may say of itself, where nobody is redirected anywhere. */
static bool is_passed_on(struct str name)
{
	return str_is(name, "scope") || str_is(name, "audience") || str_is(name, "resource") ||
	       str_is(name, "claims") || str_is(name, "acr_values") ||
	       str_is(name, "max_age") || str_is(name, "login_hint") ||
	       str_is(name, "ui_locales");
}

static struct str request_text(const struct asking *q)
{
	struct buf out = buf_new(q->rq->arena, 256);

	buf_add(&out, S("response_type=code&client_id="));
	url_encode_add(&out, q->who.client->client_id);
	for (size_t i = 0; i < q->params.count; i++) {
		const struct param *p = &q->params.list[i];

		if (!is_passed_on(p->name))
			continue;
		buf_addc(&out, '&');
		url_encode_add(&out, p->name);
		buf_addc(&out, '=');
		url_encode_add(&out, p->value);
	}
	return buf_str(&out);
}

/* What the page shows: store/device_grant.h. */
static struct str page_data(const struct authorize_subject *s)
{
	struct buf text = buf_new(s->arena, 512);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_opt(&w, "client_name", s->client->name);
	json_put_opt(&w, "logo_uri", s->client->logo_uri);
	json_put_opt(&w, "policy_uri", s->client->policy_uri);
	json_put_opt(&w, "tos_uri", s->client->tos_uri);
	json_put_opt(&w, "ui_locales", s->request->ui_locales);
	if (s->api != NULL)
		json_put_str(&w, "audience_name", s->api->name);
	authorize_scope_put(&w, s, authorize_scope(s));
	json_end_map(&w);
	return buf_str(&text);
}

static enum err write_insert(struct db_conn *conn, void *arg)
{
	return device_grant_insert(conn, arg);
}

/* User codes are short: one that is taken is made anew. */
static enum err keep(struct asking *q, struct device_grant *row)
{
	const struct settings *settings = &q->tenant->settings;
	struct arena *a = q->rq->arena;
	enum err err = ERR_CONFLICT;

	for (int i = 0; i < TRIES && err == ERR_CONFLICT; i++) {
		q->user_code = device_user_code_make(a, settings);
		row->user_key =
			device_user_code_key(q->tenant->seal, a, settings, q->user_code);
		err = db_write(q->tenant->db, write_insert, row);
	}
	return err == ERR_CONFLICT ? ERR_BUSY : err;
}

/* Anybody may have rows made, from as many addresses as they like. */
static enum err check_crowd(struct asking *q)
{
	int64_t most = q->tenant->settings.device_flow.waiting_most;
	int64_t waiting = 0;
	enum err err = device_grant_count_waiting(
		db_reader(q->tenant->db), q->rq->now, most, &waiting);

	if (err == OK && waiting >= most)
		q->who.fault = &crowded;
	return err;
}

static enum err begin(struct asking *q)
{
	struct arena *a = q->rq->arena;
	const struct settings *settings = &q->tenant->settings;
	struct str text = request_text(q);
	struct authorize_request request = authorize_request_read(a, text);
	struct authorize_subject s = { .arena = a, .tenant = q->tenant, .request = &request };
	struct device_grant row;
	enum err err;

	q->device_code = random_token(a, CODE_BYTES);
	row = (struct device_grant){
		.key = sha256(a, q->device_code),
		.client_id = q->who.client->client_id,
		.issuer = q->issuer->url,
		.request = text,
		.state = S("pending"),
		.interval = settings->device_flow.interval,
		.created_at = q->rq->now,
		.expires_at = q->rq->now + settings->device_flow.lifetime,
	};
	/* It comes from the client itself, and by no browser. */
	s.is_pushed = true;
	s.is_signed = true;
	s.device = row.key;
	authorize_subject_load(&s, q->issuer);
	q->who.fault = authorize_check(&s);
	if (q->who.fault != NULL)
		return OK;
	err = check_crowd(q);
	if (err != OK || q->who.fault != NULL)
		return err;
	row.data = page_data(&s);
	return keep(q, &row);
}

static void respond(const struct asking *q, struct http_response *rs)
{
	const struct settings *settings = &q->tenant->settings;
	struct arena *a = q->rq->arena;
	struct buf text = buf_new(a, 384);
	struct json_writer w = json_writer_on(&text);
	struct str page = arena_printf(a, STR_FMT "activate", STR_ARG(q->issuer->url));

	json_begin_map(&w);
	json_put_str(&w, "device_code", q->device_code);
	json_put_str(&w, "user_code", q->user_code);
	json_put_str(&w, "verification_uri", page);
	json_put_str(&w, "verification_uri_complete",
		arena_printf(a, STR_FMT "?user_code=" STR_FMT, STR_ARG(page),
			STR_ARG(url_encode(a, q->user_code))));
	json_put_int(&w, "expires_in", settings->device_flow.lifetime);
	json_put_int(&w, "interval", settings->device_flow.interval);
	json_end_map(&w);
	response_json(rs, 200, buf_str(&text));
	response_no_store(rs);
}

static void refuse(const struct asking *q, int64_t retry_after, struct http_response *rs)
{
	if (retry_after > 0)
		response_retry_after(rs, q->rq->arena, retry_after);
	fault_respond_to_client(q->who.fault, q->who.basic, q->issuer->url, q->rq, rs);
}

enum err device_authorization(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct asking q = { .tenant = t, .rq = rq };
	int64_t retry_after = 0;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_preflight(t, rq, rs))
		return OK;
	q.issuer = tenant_issuer(t, rq->host);
	err = client_request_read(t, q.issuer, rq, &q.params, &q.who);
	if (err == OK && q.who.fault == NULL)
		retry_after = rate_limit_take(op, t, q.who.client->client_id, rq);
	if (retry_after > 0)
		q.who.fault = &rate_limit_fault;
	if (err == OK && q.who.fault == NULL)
		err = begin(&q);
	if (err != OK)
		return err;
	if (q.who.fault == &crowded)
		retry_after = AGAIN_SECONDS;
	cors_oidc_allow(t, q.who.client, rq, rs);
	if (q.who.fault == NULL)
		respond(&q, rs);
	else
		refuse(&q, retry_after, rs);
	record(op, t, rq,
		&(struct record){ .route = "device_authorization",
			.type = q.who.fault != NULL ? "fdeaz" : NULL,
			.fault = q.who.fault,
			.client_id = q.who.client != NULL ? q.who.client->client_id : S("") });
	return OK;
}
