/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/cors_oidc.h"

#include "http/cors.h"

static bool anyone_has(const struct tenant *t, struct str origin)
{
	for (size_t i = 0; i < t->client_count; i++)
		if (t->clients[i].enabled && client_has_cors_origin(&t->clients[i], origin))
			return true;
	return false;
}

bool cors_oidc_preflight(
	const struct tenant *t, const struct http_request *rq, struct http_response *rs)
{
	struct str origin = http_header(rq, "Origin");

	if (rq->method != HTTP_OPTIONS)
		return false;
	rs->status = 204;
	if (!cors_is_preflight(rq) || !anyone_has(t, origin))
		return true;
	cors_origin(rs, origin);
	cors_preflight(rs, "POST, OPTIONS");
	return true;
}

void cors_oidc_allow(const struct tenant *t, const struct client *client,
	const struct http_request *rq, struct http_response *rs)
{
	struct str origin = http_header(rq, "Origin");

	if (origin.n == 0)
		return;
	if (client != NULL ? client_has_cors_origin(client, origin) : anyone_has(t, origin))
		cors_origin(rs, origin);
}

bool cors_oidc_any(const struct http_request *rq, struct http_response *rs, const char *methods)
{
	cors_any(rs);
	if (rq->method != HTTP_OPTIONS)
		return false;
	rs->status = 204;
	cors_preflight(rs, methods);
	return true;
}
