/* SPDX-License-Identifier: Apache-2.0 */

/*
 * /dbconnections/signup and /dbconnections/change_password: what auth0-js and the SDKs of
 * servers call. The same rules, limits and letters as the pages; no cookie is looked at.
 */

#include "crypto/password.h"
#include "http/cors.h"
#include "login/account_page.h"
#include "login/login.h"
#include "login/login_form.h"
#include "login/new_account.h"
#include "login/new_password.h"
#include "login/reset_password.h"
#include "tenant/client.h"
#include "json/json_writer.h"

static const char usual_name[] = "Username-Password-Authentication";

struct call {
	struct flow flow;
	const struct json *json; /* NULL: the body is a form */
	const struct client *client;
};

static struct str param(const struct call *c, const char *name)
{
	if (c->json)
		return json_get_str(c->json, name);
	return params_get(&c->flow.form, name);
}

static void refuse(const struct call *c, int status, const char *code, const char *sentence,
	struct http_response *rs)
{
	struct buf b = buf_new(c->flow.rq->arena, 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_str(&w, "name", S("BadRequestError"));
	json_put_str(&w, "code", str_from(code));
	json_put_str(&w, "description", str_from(sentence));
	json_put_int(&w, "statusCode", status);
	json_end_map(&w);
	response_json(rs, status, buf_str(&b));
	response_no_store(rs);
}

static bool anyone_has(const struct tenant *t, struct str origin)
{
	for (size_t i = 0; i < t->client_count; i++)
		if (t->clients[i].enabled && client_has_cors_origin(&t->clients[i], origin))
			return true;
	return false;
}

static void answer_preflight(
	const struct tenant *t, const struct http_request *rq, struct http_response *rs)
{
	struct str origin = http_header(rq, "Origin");

	rs->status = 204;
	if (!cors_is_preflight(rq) || !anyone_has(t, origin))
		return;
	cors_origin(rs, origin);
	cors_preflight(rs, "POST, OPTIONS");
}

/* False: `rs` has the refusal. */
static bool read_call(struct call *c, struct http_response *rs)
{
	const struct http_request *rq = c->flow.rq;
	const struct tenant *t = c->flow.tenant;
	struct str origin = http_header(rq, "Origin"), connection;

	if (str_eq_nocase(http_content_type(rq), S("application/json")) &&
		(json_parse(rq->arena, rq->body, &c->json, NULL) != OK ||
			c->json->type != JSON_MAP)) {
		refuse(c, 400, "invalid_request", "The body is not a JSON object", rs);
		return false;
	}
	c->client = tenant_client(t, param(c, "client_id"));
	if (c->client == NULL || !c->client->enabled) {
		refuse(c, 400, "invalid_request", "Unknown client_id", rs);
		return false;
	}
	if (origin.n > 0 && client_has_cors_origin(c->client, origin))
		cors_origin(rs, origin);
	connection = param(c, "connection");
	if (!str_is(connection, usual_name) &&
		(connection.n == 0 || !str_eq(connection, t->settings.database))) {
		refuse(c, 400, "invalid_request", "There is no such connection", rs);
		return false;
	}
	return true;
}

static void answer_account(const struct new_account *n, struct http_response *rs)
{
	struct buf b = buf_new(n->flow->rq->arena, 256);
	struct json_writer w = json_writer_on(&b);
	ptrdiff_t bar = str_index(n->user.user_id, '|');

	json_begin_map(&w);
	json_put_str(&w, "_id", str_after(n->user.user_id, (size_t)(bar + 1)));
	json_put_str(&w, "email", n->email);
	json_put_bool(&w, "email_verified", false);
	json_end_map(&w);
	response_json(rs, 200, buf_str(&b));
	response_no_store(rs);
}

static enum err make(struct call *c, struct new_account *n, struct http_response *rs)
{
	const struct flow *f = &c->flow;
	struct str who = arena_printf(f->rq->arena, "sign up " STR_FMT, STR_ARG(n->email));
	auto_attempts attempts = { 0 };
	int64_t retry_after = 0;
	enum err err = attempts_enter(f->op, f->tenant, f->rq, who, &attempts, &retry_after);

	if (err == OK && retry_after > 0) {
		refuse(c, 429, "too_many_requests", "Too many requests", rs);
		return OK;
	}
	n->attempts = &attempts;
	if (err == OK)
		err = password_hash(f->rq->arena, param(c, "password"), &n->password_hash);
	if (err == OK)
		err = new_account_make(n);
	if (err == ERR_CONFLICT) {
		refuse(c, 400, "user_exists", "The user already exists.", rs);
		return OK;
	}
	if (err == OK)
		answer_account(n, rs);
	return err;
}

static bool check(const struct call *c, const struct new_account *n, struct http_response *rs)
{
	const struct flow *f = &c->flow;

	if (!account_page_has_sign_up(f))
		refuse(c, 403, "public_signup_disabled", "Public signup is disabled", rs);
	else if (!new_account_email_fits(n->email) || n->name.n > USERNAME_MAX)
		refuse(c, 400, "invalid_signup", "Invalid sign up", rs);
	else if (new_password_judge(f, param(c, "password"), n->email, n->name) !=
		 PASSWORD_FINE)
		refuse(c, 400, "invalid_password", "Password is too weak", rs);
	else
		return true;
	return false;
}

typedef enum err call_fn(struct call *, struct http_response *);

static enum err handle(struct provider *op, const struct http_request *rq,
	struct http_response *rs, call_fn *serve)
{
	auto_tenant *tenant = provider_tenant(op, rq->host);
	struct call c = { 0 };

	if (tenant == NULL)
		return ERR_BUSY;
	if (rq->method == HTTP_OPTIONS) {
		answer_preflight(tenant, rq, rs);
		return OK;
	}
	c.flow = flow_without_row(op, tenant, rq);
	return read_call(&c, rs) ? serve(&c, rs) : OK;
}

static enum err sign_up(struct call *c, struct http_response *rs)
{
	struct new_account n = {
		.flow = &c->flow,
		.email = str_trim(param(c, "email")),
		.name = param(c, "name"),
		.client_id = c->client->client_id,
	};

	return check(c, &n, rs) ? make(c, &n, rs) : OK;
}

enum err dbconnections_signup(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return handle(op, rq, rs, sign_up);
}

static enum err change_password(struct call *c, struct http_response *rs)
{
	struct str email = str_trim(param(c, "email"));
	int64_t retry_after = 0;
	enum err err;

	if (email.n == 0 || email.n > USERNAME_MAX) {
		refuse(c, 400, "invalid_request", "email is required", rs);
		return OK;
	}
	err = reset_password_ask(&c->flow, email, &retry_after);
	if (err != OK)
		return err;
	if (retry_after > 0)
		refuse(c, 429, "too_many_requests", "Too many requests", rs);
	else
		response_html(
			rs, 200, S("We've just sent you an email to reset your password."));
	return OK;
}

enum err dbconnections_change_password(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	return handle(op, rq, rs, change_password);
}
