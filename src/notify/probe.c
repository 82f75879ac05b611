/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/probe.h"

#include "base/buf.h"
#include "notify/easy.h"

/* What is more is read and dropped. */
static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *body = arg;
	size_t room = PROBE_MAX - body->n;
	size_t n = size * count;

	buf_add(body, (struct str){ bytes, n < room ? n : room });
	return n;
}

static bool configure(CURL *curl, const char *url, struct buf *body)
{
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad != CURLE_OK ? bad : curl_easy_setopt(curl, option, value)
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)PROBE_SECONDS);
	SET(CURLOPT_TIMEOUT, (long)PROBE_SECONDS);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_USERAGENT, "tacit doctor");
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, body);
#undef SET
	return bad == CURLE_OK && easy_trust(curl) == CURLE_OK;
}

static enum probe_end end_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return PROBE_ANSWERED;
	case CURLE_COULDNT_RESOLVE_HOST:
		return PROBE_NO_NAME;
	case CURLE_PEER_FAILED_VERIFICATION:
		return PROBE_NOT_TRUSTED;
	default:
		return PROBE_NO_ANSWER;
	}
}

static struct str header(CURL *curl, struct arena *a, const char *name)
{
	struct curl_header *found = NULL;

	if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &found) != CURLHE_OK)
		return (struct str){ 0 };
	return arena_str(a, str_from(found->value));
}

struct probe probe_get(struct arena *a, struct str url)
{
	struct buf body = buf_new(a, 4096);
	auto_easy *curl = curl_easy_init();
	CURLcode code = CURLE_FAILED_INIT;
	struct probe p;
	long status = 0;

	if (curl != NULL && configure(curl, arena_cstr(a, url), &body))
		code = curl_easy_perform(curl);
	p = (struct probe){ .end = end_of(code), .why = str_from(curl_easy_strerror(code)) };
	if (code != CURLE_OK)
		return p;
	(void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	p.status = (int)status;
	p.body = buf_str(&body);
	p.location = header(curl, a, "Location");
	p.https_only = header(curl, a, "Strict-Transport-Security").n > 0;
	return p;
}
