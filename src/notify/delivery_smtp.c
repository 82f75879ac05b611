/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/delivery.h"

#include <string.h>

#include "notify/easy.h"

enum { CONNECT_SECONDS = 10, TIMEOUT_SECONDS = 30, REFUSED_FROM = 550, REFUSED_TO = 559 };

void delivery_begin(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void delivery_end(void)
{
	curl_global_cleanup();
}

static size_t give(char *into, size_t size, size_t count, void *context)
{
	struct str *rest = context;
	size_t n = size * count < rest->n ? size * count : rest->n;

	memcpy(into, rest->p, n);
	*rest = str_after(*rest, n);
	return n;
}

static void set_server(CURL *curl, const struct tenant *t, struct arena *a)
{
	const struct email_settings *e = &t->settings.email;
	struct str password = { 0 };

	curl_easy_setopt(curl, CURLOPT_URL,
		arena_printf(a, "%s://" STR_FMT ":%lld", e->tls == EMAIL_TLS ? "smtps" : "smtp",
			STR_ARG(e->host), (long long)e->port)
			.p);
	curl_easy_setopt(curl, CURLOPT_USE_SSL,
		(long)(e->tls == EMAIL_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	(void)easy_trust(curl);
	if (e->user.n == 0)
		return;
	/* Without the right master key there is no password; the server will say so. */
	if (seal_open(t->seal, a, SEAL_STORE, e->password_sealed, &password) != OK)
		password = S("");
	curl_easy_setopt(curl, CURLOPT_USERNAME, arena_cstr(a, e->user));
	curl_easy_setopt(curl, CURLOPT_PASSWORD, arena_cstr(a, password));
}

/* 5xx for this address or message is final; for the sign-in to the server it is not. */
static enum err judge(CURL *curl, CURLcode code)
{
	long reply = 0;

	if (code == CURLE_OK)
		return OK;
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
	if (code != CURLE_LOGIN_DENIED && reply >= REFUSED_FROM && reply <= REFUSED_TO)
		return ERR_INVALID;
	return ERR_IO;
}

enum err delivery_smtp(const struct tenant *t, struct arena *a, const char *from,
	const char *to, struct str message, const char **ret_why)
{
	auto_easy *curl = curl_easy_init();
	auto_slist *recipients = curl_slist_append(NULL, to);
	struct str rest = message;
	CURLcode code;

	*ret_why = "there is no memory";
	if (!curl || !recipients)
		return ERR_IO;
	set_server(curl, t, a);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
	curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(curl, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(curl, CURLOPT_READDATA, &rest);
	code = curl_easy_perform(curl);
	*ret_why = curl_easy_strerror(code);
	return judge(curl, code);
}
