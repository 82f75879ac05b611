/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* headers: what a response carries, one "Name: value" a line, for comparing it whole. */

#include "base/buf.h"
#include "http/response.h"

static inline struct str headers_shown(struct arena *arena, const struct http_response *rs)
{
	struct buf b = buf_new(arena, 512);

	for (size_t i = 0; i < rs->header_count; i++)
		buf_addf(&b, "%s: " STR_FMT "\n", rs->headers[i].name,
			STR_ARG(rs->headers[i].value));
	return buf_str(&b);
}
