/* SPDX-License-Identifier: Apache-2.0 */

/* form_post: a form that submits itself (OAuth 2.0 Form Post Response Mode), with a button
 * where scripts are off. */

#include "oidc/response_mode/page_parts.h"
#include "page/page.h"

static struct str form(const struct authorize_response *r, struct arena *a)
{
	struct buf out = buf_new(a, 1024);

	buf_add(&out, S("<form method=\"post\" action=\""));
	buf_add(&out, page_escape(a, r->redirect_uri));
	buf_add(&out, S("\">"));
	for (size_t i = 0; i < r->count; i++) {
		buf_add(&out, S("<input type=\"hidden\" name=\""));
		buf_add(&out, str_from(r->members[i].name));
		buf_add(&out, S("\" value=\""));
		buf_add(&out, page_escape(a, r->members[i].value));
		buf_add(&out, S("\">"));
	}
	buf_add(&out, S("<noscript><button>Continue</button></noscript></form>"));
	return buf_str(&out);
}

/* Where the form may go: the origin, or the scheme of an app's own URL. */
static struct str form_action(const struct authorize_response *r)
{
	ptrdiff_t colon = str_index(r->redirect_uri, ':');

	if (r->origin.n > 0)
		return r->origin;
	return str_first(r->redirect_uri, (size_t)(colon + 1));
}

void response_mode_form_post(const struct authorize_response *r, const struct http_request *rq,
	struct http_response *rs)
{
	struct script_page page = {
		.kind = PAGE_FORM_POST,
		.status = 200,
		.title = S("Submit this form"),
		.body = form(r, rq->arena),
		.ancestors = r->frame_ancestors,
		.form_action = form_action(r),
	};
	struct page_script script;

	page_script_begin(&script, &page, rq->arena);
	page_script_respond(&script, &page, rq, rs);
}
