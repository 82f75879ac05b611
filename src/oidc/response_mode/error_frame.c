/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/response_mode/page_parts.h"
#include "page/error_page.h"

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 "
	"1.25rem;color:#1d2733;background:#fff;overflow-wrap:anywhere}.site{font-weight:600;"
	"color:#1f5fc4}h1{font-size:1.4rem}code{font-size:.9em}dl{color:#4a5a6a}dt{font-weight:"
	"600}dd{margin:0 0 .5rem}@media(prefers-color-scheme:dark){body{color:#e6ebf0;"
	"background:#12171d}.site{color:#8ab4f8}dl{color:#a9b7c4}}";

/* As the frame of the other pages has it (web/pages/frame.html). */
static struct str window_title(struct arena *a, struct str title, struct str site)
{
	return arena_printf(a, STR_FMT "%s" STR_FMT, STR_ARG(page_escape(a, title)),
		site.n > 0 ? " – " : "", STR_ARG(page_escape(a, site)));
}

/* An origin goes into a header here although nobody registered it: plain characters only. */
struct str error_frame_origin(struct str origin)
{
	for (size_t i = 0; i < origin.n; i++) {
		char c = origin.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
			    c == '-' || c == '_' || c == ':' || c == '/' || c == '[' ||
			    c == ']'))
			return S("");
	}
	return origin;
}

void error_frame_respond(const struct error_frame *e, const struct authorize_response *r,
	const struct http_request *rq, struct http_response *rs)
{
	struct page text = { .template = "error_frame",
		.locale = page_locale(rq, e->ui_locales, e->owner.locales) };
	struct str title = page_set_fault(&text, rq->arena, e->sentence, e->reason);
	struct script_page page = {
		.kind = PAGE_ERROR,
		.status = e->status,
		.locale = text.locale,
		.title = window_title(rq->arena, title, e->owner.site),
		.style = { style, sizeof(style) - 1 },
		.ancestors = e->origin,
	};
	struct page_script script;

	page_set_owner(&text, rq->arena, &e->owner);
	page_set(&text, "request_id", rq->id);
	page.body = page_html(&text, rq->arena);
	page_script_begin(&script, &page, rq->arena);
	json_put_str(&script.writer, "origin", e->origin);
	page_script_put_message(&script, r);
	page_script_respond(&script, &page, rq, rs);
}
