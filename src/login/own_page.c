/* SPDX-License-Identifier: Apache-2.0 */
#include "login/own_page.h"

#include "base/base64.h"
#include "base/random.h"
#include "base/url.h"
#include "crypto/digest.h"
#include "login/factor/factor.h"
#include "login/login_event.h"
#include "login/sign_in.h"
#include "json/json_writer.h"

static const char step[] = "own";

enum { INTERACTION_SECONDS = 3600, ID_BYTES = 24 };

static struct str detail(const struct own_page *p)
{
	struct arena *a = p->flow.rq->arena;

	return arena_printf(a, STR_FMT "." STR_FMT, STR_ARG(p->session.sid),
		STR_ARG(base64url_encode(a, p->here.digest.p, p->here.digest.n)));
}

struct str own_page_token(const struct own_page *p)
{
	return flow_token(&p->flow, step, detail(p));
}

struct str own_page_uri(const struct own_page *p, const char *path)
{
	struct buf b = buf_new(p->flow.rq->arena, 128);

	buf_addf(&b, "/%s?sid=", path);
	url_encode_add(&b, p->session.sid);
	if (params_get(&p->flow.query, "ui_locales").n > 0)
		buf_addf(&b, "&ui_locales=" STR_FMT, STR_ARG(p->flow.locale));
	return buf_str(&b);
}

struct page own_page_begin(const struct own_page *p, const char *template)
{
	struct page page = flow_page(&p->flow, template);

	page_set(&page, "action", S(""));
	page_set(&page, "flow", own_page_token(p));
	page_set(&page, "name", p->user.name);
	page_set(&page, "email", p->user.email.n > 0 ? p->user.email : p->user.username);
	page_set(&page, "back_uri", own_page_uri(p, "u/account"));
	return page;
}

/* `proven`: a second factor of before does not count. */
static struct str page_data(const struct flow *f, struct str user_id, bool proven)
{
	struct buf b = buf_new(f->rq->arena, 256);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_put_opt(&w, "subject", user_id);
	json_put_opt(&w, "user_id", user_id);
	if (params_get(&f->query, "ui_locales").n > 0)
		json_put_str(&w, "page_locale", f->locale);
	if (proven)
		json_put_int(&w, "mfa_after", f->rq->now - OWN_PAGE_FRESH);
	json_end_map(&w);
	return buf_str(&b);
}

static enum err write_insert(struct db_conn *conn, void *row)
{
	return interaction_insert(conn, row);
}

/* Where to come back to: of whom is not known before they signed in. */
static struct str way_back(const struct own_page *p, const char *path, struct str user_id)
{
	if (user_id.n > 0)
		return str_after(own_page_uri(p, path), 1);
	if (params_get(&p->flow.query, "ui_locales").n == 0)
		return str_from(path);
	return arena_printf(
		p->flow.rq->arena, "%s?ui_locales=" STR_FMT, path, STR_ARG(p->flow.locale));
}

/* To a page of the sign-in, and back to `path`. `user_id`: the only one who may answer. */
static enum err send_to(const struct own_page *p, const char *page, const char *path,
	struct str user_id, bool proven, struct http_response *rs)
{
	const struct flow *f = &p->flow;
	struct arena *a = f->rq->arena;
	struct str id = random_token(a, ID_BYTES);
	struct interaction row = {
		.key = sha256(a, id),
		.binding = sha256(a, flow_cookie(f, rs)),
		.request = way_back(p, path, user_id),
		.issuer = f->issuer->url,
		.page = str_from(page),
		.data = page_data(f, user_id, proven),
		.sid = p->session.sid,
		.created_at = f->rq->now,
		.expires_at = f->rq->now + INTERACTION_SECONDS,
	};
	enum err err = db_write(f->tenant->db, write_insert, &row);

	if (err == OK)
		response_redirect(rs, f->rq->method == HTTP_POST ? 303 : 302,
			arena_printf(a, STR_FMT "u/%s?state=" STR_FMT, STR_ARG(f->issuer->url),
				page, STR_ARG(id)));
	return err;
}

/* ERR_NOT_FOUND  nobody is signed in here, or not the one who is named */
static enum err find_session(struct own_page *p)
{
	const struct flow *f = &p->flow;
	struct str sid = params_get(&f->query, "sid");
	enum err err = browser_sessions_find(f->tenant, f->issuer, f->rq, S(""), &p->here);

	if (err != OK)
		return err;
	for (size_t i = 0; i < p->here.count; i++) {
		const struct session *s = &p->here.list[i];

		if (!session_is_live(s, &f->tenant->settings, f->rq->now) || s->user_blocked ||
			(sid.n > 0 && !str_eq(s->sid, sid)))
			continue;
		p->session = *s;
		return user_find(db_reader(f->tenant->db), f->rq->arena, s->user_id, &p->user);
	}
	return ERR_NOT_FOUND;
}

/* Where a password alone opens nothing, it does not open this either. */
static enum err is_factor_due(const struct own_page *p, bool proven, bool *ret)
{
	const struct flow *f = &p->flow;
	int64_t at = sign_in_factor_at(f->rq->arena, p->session.methods);
	struct factor *factors;
	size_t count;
	enum err err;

	*ret = false;
	if (at > 0 && (!proven || f->rq->now - at <= OWN_PAGE_FRESH))
		return OK;
	err = factor_list(
		db_reader(f->tenant->db), f->rq->arena, p->user.user_id, &factors, &count);
	if (err == OK)
		*ret = f->tenant->settings.mfa_always || factor_has_any(factors, count) ||
		       (proven &&
			       email_code_stands(f->op, f->tenant, &p->user, factors, count));
	return err;
}

static enum err admit(struct own_page *p, const char *path, int64_t fresh,
	own_page_serve_fn *serve, struct http_response *rs)
{
	struct flow *f = &p->flow;
	bool proven = fresh == OWN_PAGE_PROVEN;
	int64_t most = proven ? OWN_PAGE_FRESH : fresh;
	bool due = false;
	enum err err;

	if (most != OWN_PAGE_ANY_AGE && f->rq->now - p->session.authenticated_at > most)
		return send_to(p, "login", path, p->user.user_id, false, rs);
	err = is_factor_due(p, proven, &due);
	if (err != OK)
		return err;
	if (due)
		return send_to(p, "mfa", path, p->user.user_id, proven, rs);
	if (f->rq->method == HTTP_POST && !flow_token_fits(f, step, detail(p)))
		return flow_refuse_as(f, FLOW_STALE, rs);
	return serve(p, rs);
}

enum err own_page_handle(struct provider *op, const struct http_request *rq,
	struct http_response *rs, const char *path, int64_t fresh, own_page_serve_fn *serve)
{
	auto_tenant *tenant = provider_tenant(op, rq->host);
	struct own_page p;
	enum err err;

	if (tenant == NULL)
		return ERR_BUSY;
	p = (struct own_page){ .flow = flow_without_row(op, tenant, rq) };
	if (p.flow.trouble != FLOW_FINE) {
		flow_refuse(&p.flow, rs);
		return OK;
	}
	err = find_session(&p);
	if (err == ERR_NOT_FOUND)
		return send_to(&p, "login", path, S(""), false, rs);
	return err == OK ? admit(&p, path, fresh, serve, rs) : err;
}

static bool is_pressed(
	const struct own_change *change, const struct params *form, struct str *value)
{
	if (!change->field)
		return str_is(params_get(form, "action"), change->action);
	*value = params_get(form, change->field);
	return value->n > 0;
}

enum err own_page_change(const struct own_page *p, const struct own_change *changes,
	size_t count, void *arg, struct str *value)
{
	for (size_t i = 0; i < count; i++) {
		const struct own_change *change = &changes[i];
		enum err err;

		if (!is_pressed(change, &p->flow.form, value))
			continue;
		err = db_write(p->flow.tenant->db, change->write, arg);
		if (err == OK && change->event != NULL)
			login_event_write(
				&p->flow, &(struct login_event){ .type = change->event,
						  .description = change->description,
						  .user_id = p->user.user_id,
						  .sid = p->session.sid });
		return err;
	}
	return ERR_NOT_FOUND;
}
