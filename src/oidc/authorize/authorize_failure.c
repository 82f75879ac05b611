/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/authorize/authorize_failure.h"

#include "brand/brand.h"
#include "oidc/authorize/authorize_request.h"
#include "oidc/fault.h"
#include "oidc/response_mode/response_mode.h"

static struct fault fault_of(int status)
{
	if (status == 503 || status == 429)
		return (struct fault){ "temporarily_unavailable",
			S("The server cannot answer right now. Try again in a moment."),
			REASON_TEMPORARILY_UNAVAILABLE };
	if (status >= 500)
		return (struct fault){ "server_error",
			S("The server could not complete the request."), REASON_SERVER_ERROR };
	return (struct fault){ "invalid_request",
		S("The authorization endpoint cannot take such a request."),
		REASON_REQUEST_INVALID };
}

void authorize_failure(const struct tenant *t, const struct http_request *rq,
	struct http_response *rs, int status)
{
	struct str issuer = t != NULL ? tenant_issuer(t, rq->host)->url : S("/");
	struct authorize_request ar = authorize_request_read(
		rq->arena, rq->method == HTTP_POST ? rq->body : rq->query);
	struct fault fault = fault_of(status);
	struct authorize_response r = { .count = 0 };
	struct error_frame frame = {
		.status = status,
		.origin = error_frame_origin(ar.redirect_origin),
		.sentence = fault.description,
		.reason = str_from(reason_word(fault.reason)),
		.ui_locales = ar.ui_locales,
		.owner = brand_owner(t, rq->arena),
	};

	authorize_response_add(&r, "error", str_from(fault.error));
	authorize_response_add(&r, "error_description", fault.description);
	authorize_response_add(
		&r, "error_uri", fault_uri(rq->arena, issuer, fault.reason, rq->id));
	if (ar.state.n <= STATE_MAX)
		authorize_response_add(&r, "state", ar.state);
	rs->reason = reason_word(fault.reason);
	error_frame_respond(&frame, &r, rq, rs);
}
