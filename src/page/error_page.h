/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* error_page: the page for everything that went wrong, with the request's id on it. */

#include "page/page.h"

/*
 * `title` and `sentence` in the language of `locale` (empty: the browser's). `reason` is the
 * stable word, linked to `why_uri` when that is not empty; both may be empty.
 */
void page_error(const struct http_request *, struct http_response *, int status,
	struct str locale, struct str title, struct str sentence, struct str reason,
	struct str why_uri);
