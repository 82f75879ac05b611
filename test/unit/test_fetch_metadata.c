/* SPDX-License-Identifier: Apache-2.0 */
#include "http/fetch_metadata.h"

#include "rows.h"

static void words_become_facts(void **state)
{
	static const struct {
		const char *row, *site, *dest, *storage;
		struct fetch_metadata want;
	} rows[] = {
		{ "nothing is said", "", "", "",
			{ FETCH_SITE_ABSENT, FETCH_DEST_ABSENT, STORAGE_ACCESS_ABSENT } },
		{ "a hidden frame without its cookies", "cross-site", "iframe", "none",
			{ FETCH_SITE_CROSS_SITE, FETCH_DEST_FRAME, STORAGE_ACCESS_NONE } },
		{ "a frame that could ask for them", "cross-site", "frame", "inactive",
			{ FETCH_SITE_CROSS_SITE, FETCH_DEST_FRAME, STORAGE_ACCESS_INACTIVE } },
		{ "a frame that has them", "same-site", "iframe", "active",
			{ FETCH_SITE_SAME_SITE, FETCH_DEST_FRAME, STORAGE_ACCESS_ACTIVE } },
		{ "a typed address", "none", "document", "",
			{ FETCH_SITE_NONE, FETCH_DEST_DOCUMENT, STORAGE_ACCESS_ABSENT } },
		{ "a script", "same-origin", "empty", "",
			{ FETCH_SITE_SAME_ORIGIN, FETCH_DEST_EMPTY, STORAGE_ACCESS_ABSENT } },
		{ "the browser itself", "none", "webidentity", "",
			{ FETCH_SITE_NONE, FETCH_DEST_WEBIDENTITY, STORAGE_ACCESS_ABSENT } },
		{ "another destination", "cross-site", "image", "",
			{ FETCH_SITE_CROSS_SITE, FETCH_DEST_OTHER, STORAGE_ACCESS_ABSENT } },
		{ "words of the future", "moon", "mars", "maybe",
			{ FETCH_SITE_ABSENT, FETCH_DEST_OTHER, STORAGE_ACCESS_ABSENT } },
		{ "case matters in structured headers", "Cross-Site", "Iframe", "None",
			{ FETCH_SITE_ABSENT, FETCH_DEST_OTHER, STORAGE_ACCESS_ABSENT } },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct http_header headers[] = {
			{ S("sec-fetch-site"), str_from(rows[i].site) },
			{ S("sec-fetch-dest"), str_from(rows[i].dest) },
			{ S("sec-fetch-storage-access"), str_from(rows[i].storage) },
		};
		struct http_request rq = { .headers = headers, .header_count = ROWS(headers) };
		struct fetch_metadata got = fetch_metadata(&rq);

		row_int(rows[i].row, got.site, rows[i].want.site);
		row_int(rows[i].row, got.dest, rows[i].want.dest);
		row_int(rows[i].row, got.storage, rows[i].want.storage);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_become_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
