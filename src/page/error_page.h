/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * error_page: the page for everything that went wrong, with the request's id on it, and whom
 * to ask about it.
 */

#include "page/owner.h"

struct error_page {
	int status;
	struct str locale; /* of title and sentence; empty: the sentence is English, the title
			      the reason's, and all but the sentence in the language that the
			      request asks for */
	struct str title;
	struct str sentence;
	struct str reason;   /* the stable word, or empty */
	struct str why_uri;  /* where that is explained, or empty */
	struct str next_uri; /* where "Continue" leads, or empty */
	struct page_owner owner;
};

void page_error(const struct error_page *, const struct http_request *, struct http_response *);

/* The language to use for it, out of `enabled`: what the query or the form asks for, or else
 * the browser. */
struct str error_page_locale(const struct http_request *, struct str enabled);

/*
 * `title`, `sentence` and `reason` onto a page of any language. The title is the reason's, in
 * that language; the sentence is English, and where nothing else is it is marked as that
 * (`sentence_lang`), for who listens to it. Returns the title.
 */
struct str page_set_fault(
	struct page *, struct arena *, struct str sentence, struct str reason);
