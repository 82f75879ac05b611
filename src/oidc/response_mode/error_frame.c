/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/response_mode/page_parts.h"
#include "page/page.h"

static const char style[] =
	"body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:12vh auto;padding:0 "
	"1.25rem;color:#1d2733;background:#fff}h1{font-size:1.4rem}code{font-size:.9em;"
	"overflow-wrap:anywhere}dl{color:#4a5a6a}dt{font-weight:600}dd{margin:0 0 .5rem}"
	"@media(prefers-color-scheme:dark){body{color:#e6ebf0;background:#12171d}dl{color:"
	"#a9b7c4}}";

static struct str body(struct arena *a, const struct error_frame *e)
{
	return arena_printf(a,
		"<main><h1>" STR_FMT "</h1><p>" STR_FMT
		"</p><dl><dt>Reason</dt><dd><code>" STR_FMT
		"</code></dd><dt>Request</dt><dd><code>" STR_FMT "</code></dd></dl></main>",
		STR_ARG(page_escape(a, e->title)), STR_ARG(page_escape(a, e->sentence)),
		STR_ARG(page_escape(a, e->reason)), STR_ARG(page_escape(a, e->request_id)));
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
	struct script_page page = {
		.kind = PAGE_ERROR,
		.status = e->status,
		.title = page_escape(rq->arena, e->title),
		.style = { style, sizeof(style) - 1 },
		.body = body(rq->arena, e),
		.ancestors = e->origin,
	};
	struct page_script script;

	page_script_begin(&script, &page, rq->arena);
	json_put_str(&script.writer, "origin", e->origin);
	page_script_put_message(&script, r);
	page_script_respond(&script, &page, rq, rs);
}
