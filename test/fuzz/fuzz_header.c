/* SPDX-License-Identifier: Apache-2.0 */
/* Headers: the input is the value of each header that something here takes apart. */
#include "fuzz.h"
#include "http/cors.h"
#include "http/fetch_metadata.h"

enum { LANGUAGES_MAX = 16 };

static void check_languages(const struct http_request *rq, struct str value)
{
	struct str list = http_languages(rq);
	struct str tag;
	size_t n = 0;

	while (str_split(&list, ' ', &tag)) {
		assert(tag.n > 0 && str_find(value, tag) >= 0);
		for (size_t i = 0; i < tag.n; i++)
			assert(str_index(S("<>\"'&;, "), tag.p[i]) < 0);
		n++;
	}
	assert(n <= LANGUAGES_MAX);
}

static void check_metadata(const struct http_request *rq)
{
	struct fetch_metadata said = fetch_metadata(rq);

	assert(said.site <= FETCH_SITE_CROSS_SITE);
	assert(said.dest <= FETCH_DEST_OTHER);
	assert(said.storage <= STORAGE_ACCESS_ACTIVE);
}

static void fuzz_input(struct arena *a, struct str value)
{
	const struct http_header headers[] = {
		{ S("Accept"), value },
		{ S("Accept-Language"), value },
		{ S("Content-Type"), value },
		{ S("Sec-Fetch-Site"), value },
		{ S("Sec-Fetch-Dest"), value },
		{ S("Sec-Fetch-Storage-Access"), value },
		{ S("Origin"), value },
	};
	struct http_request rq = { .arena = a,
		.method = HTTP_OPTIONS,
		.headers = headers,
		.header_count = sizeof(headers) / sizeof(headers[0]) };

	if (http_accepts_json(&rq))
		assert(value.n >= S("application/json").n);
	assert(str_find(value, http_content_type(&rq)) >= 0);
	assert(!cors_is_preflight(&rq));
	check_languages(&rq, value);
	check_metadata(&rq);
}
