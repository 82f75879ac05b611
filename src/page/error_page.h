/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * error_page: the page for everything that went wrong, with the request's id on it, and whom
 * to ask about it.
 */

#include "page/owner.h"

struct error_page {
	int status;
	struct str locale; /* of title and sentence; empty: those are English, and the rest is
			      in the language that the request asks for */
	struct str title;
	struct str sentence;
	struct str reason;  /* the stable word, or empty */
	struct str why_uri; /* where that is explained, or empty */
	struct page_owner owner;
};

void page_error(const struct error_page *, const struct http_request *, struct http_response *);

/*
 * `title`, `sentence` and `reason` onto a page of any language, where title and sentence are
 * English. The dictionary has titles of its own for some reasons (fault.REASON); whatever
 * stays English is marked as that (`title_lang`, `sentence_lang`), for who listens to it.
 * Returns the title that it became.
 */
struct str page_set_english(struct page *, struct arena *, struct str title,
	struct str sentence, struct str reason);
