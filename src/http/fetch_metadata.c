/* SPDX-License-Identifier: Apache-2.0 */
#include "http/fetch_metadata.h"

struct word {
	const char *text;
	int value;
};

static const struct word sites[] = {
	{ "none", FETCH_SITE_NONE },
	{ "same-origin", FETCH_SITE_SAME_ORIGIN },
	{ "same-site", FETCH_SITE_SAME_SITE },
	{ "cross-site", FETCH_SITE_CROSS_SITE },
	{ 0 },
};

static const struct word dests[] = {
	{ "document", FETCH_DEST_DOCUMENT },
	{ "iframe", FETCH_DEST_FRAME },
	{ "frame", FETCH_DEST_FRAME },
	{ "empty", FETCH_DEST_EMPTY },
	{ "webidentity", FETCH_DEST_WEBIDENTITY },
	{ 0 },
};

static const struct word storages[] = {
	{ "none", STORAGE_ACCESS_NONE },
	{ "inactive", STORAGE_ACCESS_INACTIVE },
	{ "active", STORAGE_ACCESS_ACTIVE },
	{ 0 },
};

static int look_up(const struct word *words, struct str value, int absent, int unknown)
{
	if (value.n == 0)
		return absent;
	for (; words->text; words++) {
		if (str_is(value, words->text))
			return words->value;
	}
	return unknown;
}

struct fetch_metadata fetch_metadata(const struct http_request *rq)
{
	struct str site = http_header(rq, "Sec-Fetch-Site");
	struct str dest = http_header(rq, "Sec-Fetch-Dest");
	struct str storage = http_header(rq, "Sec-Fetch-Storage-Access");

	return (struct fetch_metadata){
		.site = (enum fetch_site)look_up(
			sites, site, FETCH_SITE_ABSENT, FETCH_SITE_ABSENT),
		.dest = (enum fetch_dest)look_up(
			dests, dest, FETCH_DEST_ABSENT, FETCH_DEST_OTHER),
		.storage = (enum storage_access)look_up(
			storages, storage, STORAGE_ACCESS_ABSENT, STORAGE_ACCESS_ABSENT),
	};
}
