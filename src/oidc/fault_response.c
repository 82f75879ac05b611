/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/fault_response.h"

#include <string.h>

#include "json/json_writer.h"

int fault_status(const struct fault *fault)
{
	if (strcmp(fault->error, "invalid_client") == 0)
		return 401;
	if (strcmp(fault->error, "mfa_required") == 0 ||
		strcmp(fault->error, "access_denied") == 0)
		return 403;
	if (strcmp(fault->error, "temporarily_unavailable") == 0)
		return 503;
	return strcmp(fault->error, "too_many_requests") == 0 ? 429 : 400;
}

void fault_respond_json(const struct fault *fault, struct str issuer,
	const struct http_request *rq, struct http_response *rs, int status)
{
	struct buf text = buf_new(rq->arena, 384);
	struct json_writer w = json_writer_on(&text);

	json_begin_map(&w);
	json_put_str(&w, "error", str_from(fault->error));
	json_put_str(&w, "error_description", fault->description);
	json_put_str(&w, "error_uri", fault_uri(rq->arena, issuer, fault->reason, rq->id));
	json_end_map(&w);
	response_json(rs, status, buf_str(&text));
	response_no_store(rs);
	rs->reason = reason_word(fault->reason);
}

void fault_respond_to_client(const struct fault *fault, bool basic, struct str issuer,
	const struct http_request *rq, struct http_response *rs)
{
	int status = fault_status(fault);

	fault_respond_json(fault, issuer, rq, rs, status);
	if (status == 401 && basic)
		response_header(rs, "WWW-Authenticate", S("Basic realm=\"tacit\""));
}
