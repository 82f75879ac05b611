/* SPDX-License-Identifier: Apache-2.0 */
#include "page/style.h"

#include <inttypes.h>

#include "page/style_text.h"

static struct str text(void)
{
	return (struct str){ style_text, sizeof(style_text) - 1 };
}

struct str style_uri(struct arena *a)
{
	return arena_printf(a, STYLE_PATH "?v=%016" PRIx64, str_hash(text()));
}

enum err style_sheet(
	struct provider *op, const struct http_request *rq, struct http_response *rs)
{
	(void)op;
	(void)rq;
	rs->status = 200;
	rs->body = text();
	rs->body_static = true;
	response_header(rs, "Content-Type", S("text/css; charset=utf-8"));
	response_header(rs, "Cache-Control", S("public, max-age=31536000, immutable"));
	return OK;
}
