/* SPDX-License-Identifier: Apache-2.0 */
#include "http/cors.h"

static void expose(struct http_response *rs)
{
	response_header(rs, "Access-Control-Expose-Headers",
		S("Date, DPoP-Nonce, Retry-After, WWW-Authenticate"));
}

void cors_any(struct http_response *rs)
{
	response_header(rs, "Access-Control-Allow-Origin", S("*"));
	expose(rs);
}

void cors_origin(struct http_response *rs, struct str origin)
{
	response_header(rs, "Access-Control-Allow-Origin", origin);
	response_header(rs, "Access-Control-Allow-Credentials", S("true"));
	response_header(rs, "Vary", S("Origin"));
	expose(rs);
}

void cors_preflight(struct http_response *rs, const char *methods)
{
	response_header(rs, "Access-Control-Allow-Methods", str_from(methods));
	response_header(rs, "Access-Control-Allow-Headers",
		S("Authorization, Content-Type, Auth0-Client, DPoP"));
	response_header(rs, "Access-Control-Max-Age", S("7200")); /* browsers keep no longer */
}

bool cors_is_preflight(const struct http_request *rq)
{
	return rq->method == HTTP_OPTIONS && http_header(rq, "Origin").n > 0 &&
	       http_header(rq, "Access-Control-Request-Method").n > 0;
}
