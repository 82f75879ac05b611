/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_source.h"

#include "crypto/digest.h"
#include "notify/fetch.h"
#include "oidc/authorize/request_object.h"
#include "oidc/authorize/request_uri.h"
#include "oidc/authorize/storage_access.h"
#include "store/pushed_request.h"

const struct fault authorize_source_gone = { "invalid_request_uri",
	STR_LIT("The request_uri was used, has expired, or was not pushed by this client."),
	REASON_REQUEST_URI_INVALID };

/* What its reader could not take down faithfully is left for authorize_check to refuse. */
static bool is_whole(const struct params *params)
{
	if (params->too_many || params->malformed_name)
		return false;
	for (size_t i = 0; i < params->count; i++)
		if (params->list[i].malformed)
			return false;
	return true;
}

static enum err read_pushed(const struct tenant *t, const struct http_request *rq,
	struct authorize_request *ar, struct authorize_source *ret)
{
	struct str id = str_after(ar->request_uri, sizeof(PUSHED_PREFIX) - 1);
	bool again = params_find(&ar->params, STORAGE_ACCESS_MARKER) != NULL;
	struct pushed_request row;
	enum err err;

	err = pushed_request_find(
		db_reader(t->db), rq->arena, sha256(rq->arena, id), rq->now, &row);
	if (err == ERR_NOT_FOUND || (err == OK && !str_eq(row.client_id, ar->client_id))) {
		ret->fault = &authorize_source_gone;
		return OK;
	}
	if (err != OK)
		return err;
	ret->pushed = row.key;
	ret->is_signed = true; /* where it has to be, it was when it was pushed */
	*ar = authorize_request_read(
		rq->arena, again ? arena_printf(rq->arena, STR_FMT "&%s=1",
					   STR_ARG(row.request), STORAGE_ACCESS_MARKER)
				 : row.request);
	return OK;
}

static enum err read_object(const struct tenant *t, const struct http_request *rq,
	struct authorize_request *ar, struct authorize_source *ret)
{
	static const struct fault both = { "invalid_request",
		STR_LIT("request and request_uri cannot be sent together."),
		REASON_REQUEST_INVALID };
	const struct client *client = tenant_client(t, ar->client_id);
	struct str object = ar->request;
	struct str text;
	enum err err = OK;

	if (client == NULL || !client->enabled || !is_whole(&ar->params))
		return OK;
	if (ar->request.n > 0 && ar->request_uri.n > 0)
		ret->fault = &both;
	else if (ar->request_uri.n > 0)
		err = request_uri_read(
			t, client, rq, ar->request_uri, fetch, &object, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;
	err = request_object_open(t, tenant_issuer(t, rq->host), client, rq, object,
		&ar->params, &text, &ret->fault);
	if (err != OK || ret->fault != NULL)
		return err;
	ret->is_signed = true;
	*ar = authorize_request_read(rq->arena, text);
	return OK;
}

enum err authorize_source_read(const struct tenant *t, const struct http_request *rq,
	bool resumed, struct authorize_request *ar, struct authorize_source *ret)
{
	*ret = (struct authorize_source){ 0 };
	if (resumed)
		return OK;
	if (str_starts(ar->request_uri, S(PUSHED_PREFIX)))
		return read_pushed(t, rq, ar, ret);
	return ar->request.n > 0 || ar->request_uri.n > 0 ? read_object(t, rq, ar, ret) : OK;
}

static enum err write_take(struct db_conn *conn, void *arg)
{
	const struct str *key = arg;

	return pushed_request_take(conn, *key);
}

enum err authorize_source_use_up(const struct tenant *t, const struct http_request *rq,
	const struct authorize_source *source)
{
	struct str key = source->pushed;

	if (key.n == 0)
		return OK;
	return rq->may_block ? db_write(t->db, write_take, &key) : ERR_WOULD_BLOCK;
}
