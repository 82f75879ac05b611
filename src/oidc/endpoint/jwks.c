/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/endpoint/jwks.h"

#include "crypto/digest.h"
#include "http/etag.h"
#include "oidc/cors_oidc.h"
#include "tenant/provider.h"

enum err jwks(struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	auto_tenant *t = provider_tenant(op, rq->host);
	struct str text;

	if (t == NULL)
		return ERR_BUSY;
	if (cors_oidc_any(rq, rs, "GET, HEAD, OPTIONS"))
		return OK;
	/* The tenant may be swapped before the body is written: it must be a copy. */
	text = arena_str(rq->arena, t->jwks);
	response_json(rs, 200, text);
	response_header(rs, "Cache-Control", S("public, max-age=300"));
	etag_respond(sha256_base64url(rq->arena, text), rq, rs);
	return OK;
}
