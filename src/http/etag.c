/* SPDX-License-Identifier: Apache-2.0 */
#include "http/etag.h"

/* Compared weakly, as If-None-Match wants: W/"x" is "x". */
static bool names(struct str header, struct str tag)
{
	struct str item;

	if (str_is(str_trim(header), "*"))
		return true;
	while (str_split(&header, ',', &item)) {
		item = str_trim(item);
		if (str_starts(item, S("W/")))
			item = str_after(item, 2);
		if (str_eq(item, tag))
			return true;
	}
	return false;
}

bool etag_respond(struct str digest, const struct http_request *rq, struct http_response *rs)
{
	struct str tag = arena_printf(rq->arena, "\"" STR_FMT "\"", STR_ARG(digest));

	response_header(rs, "ETag", tag);
	if (!names(http_header(rq, "If-None-Match"), tag))
		return false;
	rs->status = 304;
	rs->body = S("");
	return true;
}
