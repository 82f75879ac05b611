/* SPDX-License-Identifier: Apache-2.0 */
#include "login/flow.h"

#include "base/base64.h"
#include "base/random.h"
#include "crypto/digest.h"
#include "http/fetch_metadata.h"
#include "tenant/subject.h"

enum { ID_MAX = 128, COOKIE_BYTES = 16, COOKIE_CHARS = 22 };

/* The person's choice on a page, then what an earlier page kept, then what the request said. */
static struct str choose_locale(const struct flow *f)
{
	struct arena *a = f->rq->arena;
	struct str wanted = arena_printf(a, STR_FMT " " STR_FMT " " STR_FMT,
		STR_ARG(params_get(&f->query, "ui_locales")),
		STR_ARG(json_get_str(f->data, "page_locale")),
		STR_ARG(json_get_str(f->data, "ui_locales")));

	return page_locale(
		f->rq, wanted, str_list_words(a, f->tenant->settings.enabled_locales));
}

/*
 * A form's token cannot be had by another site; this is the second lock. Browsers say "none"
 * when the person sent the form again by reloading, and "Origin: null" where a referrer
 * policy hides it.
 */
static bool is_foreign(const struct flow *f)
{
	enum fetch_site site = fetch_metadata(f->rq).site;
	struct str origin = http_header(f->rq, "Origin");

	if (f->rq->method != HTTP_POST)
		return false;
	if (site == FETCH_SITE_CROSS_SITE || site == FETCH_SITE_SAME_SITE)
		return true;
	if (origin.n == 0 || str_eq_nocase(origin, f->issuer->origin))
		return false;
	return !(str_is(origin, "null") && site != FETCH_SITE_ABSENT);
}

struct flow flow_without_row(
	struct provider *op, const struct tenant *tenant, const struct http_request *rq)
{
	struct flow f = {
		.op = op,
		.tenant = tenant,
		.issuer = tenant_issuer(tenant, rq->host),
		.rq = rq,
		.query = params_read(rq->arena, rq->query),
	};

	if (rq->method == HTTP_POST)
		f.form = params_read(rq->arena, rq->body);
	f.locale = choose_locale(&f);
	if (is_foreign(&f))
		f.trouble = FLOW_FOREIGN;
	return f;
}

/* Several cookies of one name can come (a shadowing one, say); any that fits will do. */
static bool find_cookie(struct flow *f)
{
	struct arena *a = f->rq->arena;

	for (size_t n = 0; n < 4; n++) {
		struct str cookie = http_cookie(f->rq, f->issuer->flow_cookie, n);

		if (cookie.n == 0)
			return false;
		if (equal_in_constant_time(f->row.binding, sha256(a, cookie))) {
			f->cookie = cookie;
			return true;
		}
	}
	return false;
}

static enum err find_row(struct flow *f)
{
	struct arena *a = f->rq->arena;

	if (f->id.n == 0 || f->id.n > ID_MAX)
		return ERR_NOT_FOUND;
	return interaction_find(
		db_reader(f->tenant->db), a, sha256(a, f->id), f->rq->now, &f->row);
}

enum err flow_open(struct provider *op, const struct tenant *tenant,
	const struct http_request *rq, const char *page, struct flow *ret)
{
	struct flow f = flow_without_row(op, tenant, rq);
	enum err err = OK;

	f.id = params_get(&f.query, "state");
	if (f.trouble == FLOW_FINE)
		err = find_row(&f);
	if (err == ERR_NOT_FOUND)
		f.trouble = FLOW_GONE;
	else if (err != OK)
		return err;
	if (f.trouble == FLOW_FINE && !find_cookie(&f))
		f.trouble = FLOW_COOKIE;
	if (f.trouble == FLOW_FINE && json_parse(rq->arena, f.row.data, &f.data, NULL) != OK)
		f.data = NULL;
	if (f.trouble == FLOW_FINE && !str_is(f.row.page, page))
		f.trouble = FLOW_STALE;
	f.locale = choose_locale(&f);
	*ret = f;
	return OK;
}

enum err flow_handle(struct provider *op, const struct http_request *rq,
	struct http_response *rs, flow_open_fn *open, const char *page, flow_serve_fn *serve)
{
	auto_tenant *tenant = provider_tenant(op, rq->host);
	struct flow f;
	enum err err;

	if (tenant == NULL)
		return ERR_BUSY;
	err = open(op, tenant, rq, page, &f);
	if (err != OK)
		return err;
	if (f.trouble == FLOW_FINE)
		return serve(&f, rs);
	flow_refuse(&f, rs);
	return OK;
}

struct str flow_cookie(const struct flow *f, struct http_response *rs)
{
	struct str cookie = http_cookie(f->rq, f->issuer->flow_cookie, 0);

	if (cookie.n == COOKIE_CHARS)
		return cookie;
	cookie = random_token(f->rq->arena, COOKIE_BYTES);
	response_cookie(rs, f->rq->arena, f->issuer->flow_cookie, cookie, "Lax", -1);
	return cookie;
}

static struct str token_text(const struct flow *f, const char *step, struct str detail)
{
	return arena_printf(f->rq->arena, "%s." STR_FMT "." STR_FMT "." STR_FMT, step,
		STR_ARG(f->id), STR_ARG(f->cookie), STR_ARG(detail));
}

static const char purpose[] = "page_form";

struct str flow_token(const struct flow *f, const char *step, struct str detail)
{
	struct str mac =
		seal_mac(f->tenant->seal, f->rq->arena, purpose, token_text(f, step, detail));

	return base64url_encode(f->rq->arena, mac.p, mac.n);
}

bool flow_token_fits(const struct flow *f, const char *step, struct str detail)
{
	struct str mac;

	if (base64url_decode(f->rq->arena, params_get(&f->form, "flow"), &mac) != OK)
		return false;
	return seal_mac_fits(f->tenant->seal, purpose, token_text(f, step, detail), mac);
}

void flow_go(const struct flow *f, const char *path, struct http_response *rs)
{
	response_redirect(rs, 303,
		arena_printf(f->rq->arena, STR_FMT "%s?state=" STR_FMT, STR_ARG(f->issuer->url),
			path, STR_ARG(f->id)));
}

void flow_resume(const struct flow *f, struct http_response *rs)
{
	/* Without a client it was a page of the person's own that asked. */
	if (f->row.client_id.n == 0)
		response_redirect(rs, 303,
			arena_printf(f->rq->arena, STR_FMT STR_FMT, STR_ARG(f->issuer->url),
				STR_ARG(f->row.request)));
	else
		flow_go(f, "authorize/resume", rs);
}

enum err flow_write_row(struct db_conn *conn, void *row)
{
	return interaction_update(conn, row);
}

bool flow_is_about(const struct flow *f, struct str user_id)
{
	const struct client *client = tenant_client(f->tenant, f->row.client_id);
	struct str subject = json_get_str(f->data, "subject");

	if (subject.n == 0)
		return true;
	if (client != NULL)
		user_id = subject_for(f->tenant, client, f->rq->arena, user_id);
	return str_eq(subject, user_id);
}
