/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * signed_out: the page that says so, loads pages of applications in frames that nobody sees,
 * and then goes on: once they are loaded, or after three seconds, and without scripts after
 * five. The frames' origins alone may be framed, and what is in them can move nothing but
 * itself.
 */

#include "page/owner.h"

enum { SIGNED_OUT_FRAMES_MAX = 50, SIGNED_OUT_SECONDS = 5 };

struct signed_out {
	struct str locale; /* of page_locale */
	struct page_owner owner;
	struct str onward;        /* where it goes on; empty: it stays */
	const struct str *frames; /* http and https URLs */
	size_t frame_count;       /* at most SIGNED_OUT_FRAMES_MAX */
};

void signed_out_respond(
	const struct signed_out *, const struct http_request *, struct http_response *);
