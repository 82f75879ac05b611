/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_continue.h"

#include "base/base64.h"
#include "base/clock.h"
#include "crypto/digest.h"
#include "oidc/authorize/interaction_begin.h"
#include "oidc/fault.h"
#include "oidc/tenant_page.h"
#include "tenant/provider.h"
#include "json/json_writer.h"

enum { RETURNED_MAX = 8 * 1024 };

/* Marks what came by POST, on its way through the GET. */
static const char posted_mark[] = "&tacit_posted=1";

struct arrival {
	const struct tenant *tenant;
	const struct http_request *rq;
	struct str id;    /* of the interaction */
	struct str nonce; /* the other half of state */
	struct interaction row;
};

/* What a form sends (URL Standard, 5.2): no byte of it needs an escape in a URL, and none ends
 * a header. */
static bool is_form(struct str body)
{
	for (size_t i = 0; i < body.n; i++)
		if (body.p[i] <= ' ' || body.p[i] > '~' || body.p[i] == '#')
			return false;
	return true;
}

static void ask_again_by_get(
	const struct issuer *issuer, const struct http_request *rq, struct http_response *rs)
{
	struct str query = rq->query;

	response_redirect(rs, 303,
		arena_printf(rq->arena, STR_FMT "continue?" STR_FMT "%s" STR_FMT "%s",
			STR_ARG(issuer->url), STR_ARG(query), query.n > 0 ? "&" : "",
			STR_ARG(rq->body), posted_mark));
}

static void read_state(struct arrival *a, struct str state)
{
	ptrdiff_t dot = str_index(state, '.');

	if (dot < 0)
		return;
	a->id = str_first(state, (size_t)dot);
	a->nonce = str_after(state, (size_t)dot + 1);
}

static bool is_expected(
	const struct arrival *a, const struct interaction *row, const struct json *waiting)
{
	struct str digest = sha256_base64url(a->rq->arena, a->nonce);

	return str_is(row->page, "continue") &&
	       equal_in_constant_time(json_get_str(waiting, "digest"), digest);
}

/* The row's data with what came back beside what waits for it. */
static struct str with_returned(const struct arrival *a, const struct json *data)
{
	struct buf b = buf_new(a->rq->arena, 1024);
	struct json_writer w = json_writer_on(&b);

	json_begin_map(&w);
	json_each(member, data)
	{
		if (str_is(member->key, "returned"))
			continue;
		json_key_str(&w, member->key);
		json_value(&w, member);
	}
	json_key(&w, "returned");
	json_begin_map(&w);
	json_put_str(&w, "query", a->rq->query);
	json_put_bool(&w, "post", str_find(a->rq->query, str_from(posted_mark)) >= 0);
	json_end_map(&w);
	json_end_map(&w);
	return buf_str(&b);
}

/* Looked at and changed in one transaction: of two tabs that come back, one is first. */
static enum err write_arrival(struct db_conn *conn, void *arg)
{
	struct arrival *a = arg;
	const struct json *data = NULL;
	enum err err;

	err = interaction_find(conn, a->rq->arena, a->row.key, a->rq->now, &a->row);
	if (err != OK)
		return err;
	if (json_parse(a->rq->arena, a->row.data, &data, NULL) != OK ||
		!is_expected(a, &a->row, json_get(data, "continue")))
		return ERR_NOT_FOUND;
	a->row.page = S("continued");
	a->row.data = with_returned(a, data);
	return interaction_update(conn, &a->row);
}

enum err authorize_continue(
	struct provider *p, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *tenant = provider_tenant(p, rq->host);
	struct arrival a = { .tenant = tenant, .rq = rq };
	struct params params = params_read(rq->arena, rq->query);
	const struct issuer *issuer;
	enum err err = ERR_NOT_FOUND;

	if (tenant == NULL)
		return ERR_STORE;
	issuer = tenant_issuer(tenant, rq->host);
	if (rq->method == HTTP_POST && rq->body.n + rq->query.n <= RETURNED_MAX &&
		is_form(rq->body)) {
		ask_again_by_get(issuer, rq, rs);
		return OK;
	}
	read_state(&a, params_get(&params, "state"));
	if (a.nonce.n > 0 && rq->method == HTTP_GET && rq->query.n <= RETURNED_MAX &&
		str_is_utf8(rq->query))
		err = interaction_resume(tenant, issuer, rq, a.id, &a.row);
	if (err == OK)
		err = db_write(tenant->db, write_arrival, &a);
	if (err == ERR_NOT_FOUND) {
		tenant_page_expired(tenant, rq, rs, "flow.gone.body");
		return OK;
	}
	if (err == OK)
		response_redirect(rs, 302,
			arena_printf(rq->arena, STR_FMT "authorize/resume?state=" STR_FMT,
				STR_ARG(issuer->url), STR_ARG(a.id)));
	return err;
}
