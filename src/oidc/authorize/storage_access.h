/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * storage_access: no session cookie came. Is there none, or did the browser withhold it, and
 * what is worth trying? Pure. From what both browsers really do (Storage Access API and
 * Headers): a permission that exists but is not in use is `inactive`, and the browser repeats
 * the request with cookies when it is told to; without one, the frame's own script may still
 * be granted it, silently, after an earlier grant or a redirect sign-in at which the person
 * typed. Each is tried once: the repeated request says `active` or carries our marker.
 */

#include <stdbool.h>

#include "http/fetch_metadata.h"

/* The parameter that a frame's own repetition carries. */
#define STORAGE_ACCESS_MARKER "tacit_storage_access"

struct storage_access_facts {
	struct fetch_metadata fetch;
	bool origin_registered; /* the Origin header is one of the client's web_origins */
	bool repeated;          /* the marker is there */
	bool can_repeat;        /* a GET that answers by web_message, query or fragment */
	bool by_page;           /* the answer is a page of ours anyway (web_message) */
};

struct storage_access_verdict {
	bool withheld;  /* cookies_blocked, else no_session */
	bool uncertain; /* the browser did not say: the page finds out */
	bool retry;     /* Activate-Storage-Access: retry */
	bool ask;       /* the page asks for access before it answers */
};

struct storage_access_verdict storage_access_judge(const struct storage_access_facts *);
