/* SPDX-License-Identifier: Apache-2.0 */
#include "http/response.h"

#include <assert.h>

static bool is_header_value(struct str s)
{
	return str_index(s, '\r') < 0 && str_index(s, '\n') < 0 && str_index(s, '\0') < 0;
}

void response_header(struct http_response *rs, const char *name, struct str value)
{
	assert(rs->header_count < RESPONSE_HEADERS_MAX);
	assert(is_header_value(value));
	rs->headers[rs->header_count].name = name;
	rs->headers[rs->header_count].value = value;
	rs->header_count++;
}

static void respond(struct http_response *rs, int status, struct str type, struct str body)
{
	rs->status = status;
	rs->body = body;
	response_header(rs, "Content-Type", type);
}

void response_html(struct http_response *rs, int status, struct str body)
{
	respond(rs, status, S("text/html; charset=utf-8"), body);
}

void response_json(struct http_response *rs, int status, struct str body)
{
	respond(rs, status, S("application/json"), body);
}

void response_text(struct http_response *rs, int status, struct str body)
{
	respond(rs, status, S("text/plain; charset=utf-8"), body);
}

void response_redirect(struct http_response *rs, int status, struct str location)
{
	rs->status = status;
	rs->body = (struct str){ 0 };
	response_header(rs, "Location", location);
	response_header(rs, "Cache-Control", S("no-store"));
}

void response_retry_after(struct http_response *rs, struct arena *a, int64_t seconds)
{
	response_header(rs, "Retry-After", arena_printf(a, "%lld", (long long)seconds));
}

void response_no_store(struct http_response *rs)
{
	response_header(rs, "Cache-Control", S("no-store"));
	response_header(rs, "Pragma", S("no-cache"));
}

/* RFC 9110, 15; RFC 6585. */
const char *http_status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} table[] = {
		{ 200, "OK" },
		{ 201, "Created" },
		{ 202, "Accepted" },
		{ 204, "No Content" },
		{ 301, "Moved Permanently" },
		{ 302, "Found" },
		{ 303, "See Other" },
		{ 304, "Not Modified" },
		{ 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 406, "Not Acceptable" },
		{ 408, "Request Timeout" },
		{ 409, "Conflict" },
		{ 410, "Gone" },
		{ 411, "Length Required" },
		{ 412, "Precondition Failed" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 417, "Expectation Failed" },
		{ 421, "Misdirected Request" },
		{ 422, "Unprocessable Content" },
		{ 428, "Precondition Required" },
		{ 429, "Too Many Requests" },
		{ 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" },
		{ 501, "Not Implemented" },
		{ 502, "Bad Gateway" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].status == status)
			return table[i].text;
	}
	return "";
}
