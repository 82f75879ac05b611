/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/fetch.h"

#include <netdb.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/url.h"
#include "notify/easy.h"

enum { ADDRESSES_MAX = 8, ADDRESS_TEXT = 64, CONNECT_SECONDS = 3 };

static _Atomic unsigned limit = 2;
static _Atomic unsigned under_way;

static void addresses_free(struct addrinfo **list)
{
	if (*list != NULL)
		freeaddrinfo(*list);
}

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
#undef SET
	return bad == CURLE_OK && easy_trust(curl) == CURLE_OK;
}

/* What is asked for, and by what it is answered. */
struct transfer {
	struct arena *arena;
	struct str url;
	struct str pin;
	const char *form; /* NULL: GET */
	struct buf body;
	long status;
};

static enum err perform(struct transfer *t)
{
	const char *url = arena_cstr(t->arena, t->url);
	auto_slist *pins = curl_slist_append(NULL, arena_cstr(t->arena, t->pin));
	auto_easy *curl = curl_easy_init();

	t->body = buf_new(t->arena, 4096);
	if (curl == NULL || pins == NULL || !configure(curl, url, pins, &t->body))
		return ERR_IO;
	if (t->form != NULL && curl_easy_setopt(curl, CURLOPT_POSTFIELDS, t->form) != CURLE_OK)
		return ERR_IO;
	if (curl_easy_perform(curl) != CURLE_OK ||
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &t->status) != CURLE_OK)
		return ERR_IO;
	return OK;
}

static enum err ask(struct str_list private_hosts, struct transfer *t)
{
	struct url url;
	struct str port;
	enum err err;

	if (url_parse(t->url, &url) != OK || !str_eq_nocase(url.scheme, S("https")) ||
		url.has_userinfo || url.host.n == 0 || url.host.p[0] == '[')
		return ERR_INVALID;
	port = url.port.n > 0 ? url.port : S("443");
	err = resolve(t->arena, url.host, port,
		may_be_private(t->arena, private_hosts, url.host, port), &t->pin);
	return err == OK ? perform(t) : err;
}

void fetch_set_limit(unsigned at_once)
{
	atomic_store(&limit, at_once);
}

enum err fetch(struct arena *a, struct str_list private_hosts, struct str url, struct str *ret)
{
	struct transfer t = { .arena = a, .url = url };
	enum err err = ERR_BUSY;

	if (atomic_fetch_add(&under_way, 1) < atomic_load(&limit))
		err = ask(private_hosts, &t);
	atomic_fetch_sub(&under_way, 1);
	if (err == OK && t.status != 200)
		err = ERR_IO;
	if (err == OK)
		*ret = buf_str(&t.body);
	return err;
}

enum err fetch_post(struct arena *a, struct str_list private_hosts, struct str url,
	struct str form, int *ret_status)
{
	struct transfer t = { .arena = a, .url = url, .form = arena_cstr(a, form) };
	enum err err = ask(private_hosts, &t);

	if (err == OK)
		*ret_status = (int)t.status;
	return err;
}
