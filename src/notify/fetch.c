/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/fetch.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/url.h"

enum { ADDRESSES_MAX = 8, ADDRESS_TEXT = 64, CONNECT_SECONDS = 3 };

static void easy_free(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static void list_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

static void addresses_free(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

#define auto_easy      __attribute__((cleanup(easy_free))) CURL
#define auto_slist     __attribute__((cleanup(list_free))) struct curl_slist
#define auto_addresses __attribute__((cleanup(addresses_free))) struct addrinfo

static bool may_be_private(
	struct arena *a, struct str_list list, struct str host, struct str port)
{
	struct str both = arena_printf(a, STR_FMT ":" STR_FMT, STR_ARG(host), STR_ARG(port));

	for (size_t i = 0; i < list.count; i++)
		if (str_eq_nocase(list.list[i], host) || str_eq_nocase(list.list[i], both))
			return true;
	return false;
}

/* "host:port:address,address": what the name means for this one request. ERR_INVALID: one of
 * them is private; ERR_IO: it has none. */
static enum err resolve(struct arena *a, struct str host, struct str port, bool private_too,
	struct str *ret_pin)
{
	const struct addrinfo wanted = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	auto_addresses *found = NULL;
	struct buf pin = buf_new(a, 256);
	int count = 0;

	if (getaddrinfo(arena_cstr(a, host), arena_cstr(a, port), &wanted, &found) != 0)
		return ERR_IO;
	buf_addf(&pin, STR_FMT ":" STR_FMT ":", STR_ARG(host), STR_ARG(port));
	for (const struct addrinfo *i = found; i != NULL && count < ADDRESSES_MAX;
		i = i->ai_next) {
		char text[ADDRESS_TEXT];

		if (!private_too && !fetch_address_is_public(i->ai_addr))
			return ERR_INVALID;
		if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof(text), NULL, 0,
			    NI_NUMERICHOST) != 0)
			continue;
		buf_addf(&pin, i->ai_family == AF_INET6 ? "%s[%s]" : "%s%s",
			count++ > 0 ? "," : "", text);
	}
	*ret_pin = buf_str(&pin);
	return count > 0 ? OK : ERR_IO;
}

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
	struct buf *body = arg;

	if (size * count > FETCH_MAX - body->n)
		return 0; /* ends the transfer */
	buf_add(body, (struct str){ bytes, size * count });
	return size * count;
}

static bool configure(CURL *curl, const char *url, struct curl_slist *pin, struct buf *body)
{
	const char *authorities = getenv("SSL_CERT_FILE");
	CURLcode bad = CURLE_OK;

#define SET(option, value) bad = bad != CURLE_OK ? bad : curl_easy_setopt(curl, option, value)
	SET(CURLOPT_URL, url);
	SET(CURLOPT_RESOLVE, pin);
	SET(CURLOPT_PROTOCOLS_STR, "https");
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	SET(CURLOPT_TIMEOUT, (long)FETCH_SECONDS);
	SET(CURLOPT_MAXFILESIZE, (long)FETCH_MAX);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_USERAGENT, "tacit");
	SET(CURLOPT_WRITEFUNCTION, take);
	SET(CURLOPT_WRITEDATA, body);
	if (authorities != NULL && *authorities != '\0')
		SET(CURLOPT_CAINFO, authorities);
#undef SET
	return bad == CURLE_OK;
}

static enum err get(struct arena *a, struct str url, struct str pin, struct str *ret)
{
	struct buf body = buf_new(a, 4096);
	auto_slist *pins = curl_slist_append(NULL, arena_cstr(a, pin));
	auto_easy *curl = curl_easy_init();
	long status = 0;

	if (curl == NULL || pins == NULL || !configure(curl, arena_cstr(a, url), pins, &body))
		return ERR_IO;
	if (curl_easy_perform(curl) != CURLE_OK ||
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
		status != 200)
		return ERR_IO;
	*ret = buf_str(&body);
	return OK;
}

enum err fetch(struct arena *a, struct str_list private_hosts, struct str text, struct str *ret)
{
	struct url url;
	struct str port, pin;
	enum err err;

	if (url_parse(text, &url) != OK || !str_eq_nocase(url.scheme, S("https")) ||
		url.has_userinfo || url.host.n == 0 || url.host.p[0] == '[')
		return ERR_INVALID;
	port = url.port.n > 0 ? url.port : S("443");
	err = resolve(
		a, url.host, port, may_be_private(a, private_hosts, url.host, port), &pin);
	return err == OK ? get(a, text, pin, ret) : err;
}
