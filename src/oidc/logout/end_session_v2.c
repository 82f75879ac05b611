/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"
#include "oidc/logout/end_session.h"
#include "oidc/logout/ending.h"

struct request {
	struct str client_id;
	struct str return_to;
	const struct client *client; /* NULL when none is named */
};

static struct str first_url(const struct client *client)
{
	for (size_t i = 0; client != NULL && i < client->allowed_logout_urls.count; i++) {
		struct str url = client->allowed_logout_urls.list[i];

		if (str_index(url, '*') < 0)
			return url;
	}
	return S("");
}

static bool tenant_allows(const struct settings *settings, struct str url)
{
	ptrdiff_t query = str_index(url, '?');
	struct url parsed;

	if (url_parse(url, &parsed) != OK || parsed.has_userinfo)
		return false;
	return url_list_matches(settings->allowed_logout_urls, url) ||
	       (query >= 0 && url_list_matches(settings->allowed_logout_urls,
				      str_first(url, (size_t)query)));
}

static const struct fault *check(const struct tenant *t, struct arena *a, struct request *r)
{
	bool allowed;

	if (r->client_id.n > 0 && r->client == NULL)
		return fault_with(a, "invalid_request", REASON_CLIENT_UNKNOWN,
			"Unknown client: ", r->client_id, "");
	if (r->return_to.n == 0)
		return NULL;
	allowed = r->client != NULL ? client_has_logout_url(r->client, r->return_to)
				    : tenant_allows(&t->settings, r->return_to);
	return allowed ? NULL : ending_url_mismatch(a, r->return_to);
}

enum err end_session_v2(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct params query = params_read(rq->arena, rq->query);
	struct request r = { .client_id = params_get(&query, "client_id"),
		.return_to = params_get(&query, "returnTo") };
	struct ending e = { .rs = rs, .client_id = r.client_id };
	const struct fault *fault;
	enum err err;

	if (t == NULL)
		return ERR_BUSY;
	r.client = tenant_client(t, r.client_id);
	err = ending_open(op, t, rq, &e);
	if (err != OK)
		return err;
	fault = check(t, rq->arena, &r);
	if (fault != NULL) {
		ending_refuse(&e, fault, r.return_to);
		return OK;
	}
	err = ending_end(&e, e.live, e.live_count);
	if (err != OK)
		return err;
	if (r.return_to.n == 0)
		r.return_to = first_url(r.client);
	if (r.return_to.n > 0)
		return ending_leave(&e, r.return_to, S(""), S(""));
	return ending_ok(&e);
}
