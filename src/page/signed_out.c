/* SPDX-License-Identifier: Apache-2.0 */
#include "page/signed_out.h"

#include <assert.h>

#include "base/buf.h"
#include "base/url.h"

static struct str origin_of(struct arena *a, struct str text)
{
	struct url url;

	return url_parse(text, &url) == OK ? url_origin(a, &url) : S("");
}

static void set_frames(struct page *p, const struct signed_out *s, struct arena *a)
{
	struct page_row *rows = arena_array(a, struct page_row, SIGNED_OUT_FRAMES_MAX);
	struct buf sources = buf_new(a, 256);

	assert(s->frame_count <= SIGNED_OUT_FRAMES_MAX);
	for (size_t i = 0; i < s->frame_count; i++) {
		struct str origin = origin_of(a, s->frames[i]);

		page_row_set(&rows[i], "src", s->frames[i]);
		page_row_set(&rows[i], "origin", origin);
		if (!str_has_word(buf_str(&sources), origin))
			buf_addf(&sources, "%s" STR_FMT, i > 0 ? " " : "", STR_ARG(origin));
	}
	page_set_rows(p, "frames", rows, s->frame_count);
	p->frame_src = buf_str(&sources);
}

void signed_out_respond(
	const struct signed_out *s, const struct http_request *rq, struct http_response *rs)
{
	struct page page = { .template = "signed_out", .locale = s->locale };

	page_set_owner(&page, rq->arena, &s->owner);
	if (s->frame_count > 0)
		set_frames(&page, s, rq->arena);
	if (s->onward.n > 0) {
		page.script = "signed_out";
		page_set(&page, "onward", s->onward);
		page_set_url(&page, "link", s->onward);
		response_header(rs, "Refresh",
			arena_printf(rq->arena, "%d; url=" STR_FMT, SIGNED_OUT_SECONDS,
				STR_ARG(s->onward)));
	}
	page_respond(&page, rq, rs, 200);
}
