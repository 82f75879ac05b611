/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/response_mode/response_mode.h"

#include <assert.h>

void authorize_response_add(struct authorize_response *r, const char *name, struct str value)
{
	if (value.n == 0)
		return;
	assert(r->count < RESPONSE_MEMBERS_MAX);
	r->members[r->count++] = (struct response_member){ .name = name, .value = value };
}

void authorize_response_add_number(
	struct authorize_response *r, const char *name, struct str digits)
{
	authorize_response_add(r, name, digits);
	r->members[r->count - 1].is_number = true;
}

void response_mode_respond(enum response_mode_kind mode, const struct authorize_response *r,
	const struct http_request *rq, struct http_response *rs)
{
	static response_mode_fn *const modes[] = {
		[MODE_QUERY] = response_mode_query,
		[MODE_FRAGMENT] = response_mode_fragment,
		[MODE_FORM_POST] = response_mode_form_post,
		[MODE_WEB_MESSAGE] = response_mode_web_message,
	};

	modes[mode](r, rq, rs);
}
