/* SPDX-License-Identifier: Apache-2.0 */

/*
 * query and fragment: a redirect that carries the members. RFC 6749, 4.1.2 and 4.2.2. In a
 * cross-site frame without cookie a page asks for storage access first; then it redirects.
 */

#include "base/url.h"
#include "oidc/response_mode/page_parts.h"

static struct str location(const struct authorize_response *r, struct arena *a, char separator,
	struct str error_uri)
{
	struct buf out = buf_new(a, r->redirect_uri.n + 512);

	buf_add(&out, r->redirect_uri);
	for (size_t i = 0; i < r->count; i++) {
		const struct response_member *m = &r->members[i];
		bool is_error_uri = str_is(str_from(m->name), "error_uri");

		buf_addc(&out, i == 0 ? separator : '&');
		buf_add(&out, str_from(m->name));
		buf_addc(&out, '=');
		url_encode_add(&out, is_error_uri && error_uri.n > 0 ? error_uri : m->value);
	}
	return buf_str(&out);
}

/* The two places it may go to; the page's script chooses. */
static void ask_first(const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs, char separator)
{
	struct script_page page = {
		.kind = PAGE_ASK_THEN_REDIRECT,
		.status = 200,
		.title = S("Authorization Response"),
		.ancestors = r->frame_ancestors,
	};
	struct page_script script;

	page_script_begin(&script, &page, rq->arena);
	json_put_str(&script.writer, "again", r->again_url);
	json_put_str(&script.writer, "to", location(r, rq->arena, separator, S("")));
	json_put_opt(&script.writer, "otherwise",
		location(r, rq->arena, separator, r->error_uri_otherwise));
	page_script_respond(&script, &page, rq, rs);
}

static void redirect(const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs, char separator)
{
	if (r->again_url.n > 0) {
		ask_first(r, rq, rs, separator);
		return;
	}
	response_redirect(rs, rq->method == HTTP_POST ? 303 : 302,
		location(r, rq->arena, separator, S("")));
}

void response_mode_query(const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs)
{
	redirect(r, rq, rs, str_index(r->redirect_uri, '?') >= 0 ? '&' : '?');
}

void response_mode_fragment(const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs)
{
	redirect(r, rq, rs, '#');
}
