/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"

struct str http_header(const struct http_request *rq, const char *name)
{
	struct str wanted = str_from(name);

	for (size_t i = 0; i < rq->header_count; i++) {
		if (str_eq_nocase(rq->headers[i].name, wanted))
			return rq->headers[i].value;
	}
	return (struct str){ 0 };
}

struct str http_content_type(const struct http_request *rq)
{
	struct str value = http_header(rq, "Content-Type");
	struct str type = { 0 };

	str_split(&value, ';', &type);
	return str_trim(type);
}
