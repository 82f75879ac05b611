/* SPDX-License-Identifier: Apache-2.0 */

/* web_message: a page that posts the response to the opener or parent (contract, section 4). */

#include "oidc/response_mode/page_parts.h"

/* Hardly ever; the usual page is half as long without, and hashed in half the time. */
static bool says_more(const struct authorize_response *r)
{
	return r->relay_target.n > 0 || r->again_url.n > 0;
}

static void put_relay(struct json_writer *w, const struct authorize_response *r)
{
	if (r->relay_target.n == 0)
		return;
	json_key(w, "relay");
	json_begin_map(w);
	json_put_str(w, "origin", r->relay_uri_origin);
	json_put_str(w, "target", r->relay_target);
	json_end_map(w);
}

void response_mode_web_message(const struct authorize_response *r,
	const struct http_request *rq, struct http_response *rs)
{
	struct script_page page = {
		.kind = says_more(r) ? PAGE_ASK_OR_RELAY : PAGE_WEB_MESSAGE,
		.status = 200, /* for errors too: a frame's status is seen by nobody */
		.title = S("Authorization Response"),
		.body = S(
			"<p id=\"alone\" hidden>The application that asked for this answer is "
			"gone. Close this window and sign in again from there.</p>"),
		.ancestors = r->frame_ancestors,
	};
	struct page_script script;

	page_script_begin(&script, &page, rq->arena);
	json_put_str(&script.writer, "origin", r->origin);
	page_script_put_message(&script, r);
	put_relay(&script.writer, r);
	json_put_opt(&script.writer, "again", r->again_url);
	json_put_opt(&script.writer, "otherwise", r->error_uri_otherwise);
	page_script_respond(&script, &page, rq, rs);
}
