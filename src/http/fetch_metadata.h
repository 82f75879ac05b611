/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fetch_metadata: what the browser says about where a request came from (Fetch Metadata;
 * Storage Access Headers). A page cannot forge these; an absent header says nothing.
 */

#include "http/request.h"

enum fetch_site {
	FETCH_SITE_ABSENT,
	FETCH_SITE_NONE,
	FETCH_SITE_SAME_ORIGIN,
	FETCH_SITE_SAME_SITE,
	FETCH_SITE_CROSS_SITE
};
enum fetch_dest {
	FETCH_DEST_ABSENT,
	FETCH_DEST_DOCUMENT,
	FETCH_DEST_FRAME,
	FETCH_DEST_EMPTY,
	FETCH_DEST_WEBIDENTITY,
	FETCH_DEST_OTHER
};
enum storage_access {
	STORAGE_ACCESS_ABSENT,
	STORAGE_ACCESS_NONE,
	STORAGE_ACCESS_INACTIVE,
	STORAGE_ACCESS_ACTIVE
};

struct fetch_metadata {
	enum fetch_site site;
	enum fetch_dest dest; /* iframe and frame are both FETCH_DEST_FRAME */
	enum storage_access storage;
};

struct fetch_metadata fetch_metadata(const struct http_request *);
