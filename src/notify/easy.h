/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* easy: what every use of libcurl here shares: handles and lists that end with their block, and
 * whom to trust. Used inside notify/ only. */

#include <curl/curl.h>
#include <stdlib.h>

static inline void easy_free(CURL **curl)
{
	curl_easy_cleanup(*curl);
}

static inline void easy_list_free(struct curl_slist **list)
{
	curl_slist_free_all(*list);
}

#define auto_easy  __attribute__((cleanup(easy_free))) CURL
#define auto_slist __attribute__((cleanup(easy_list_free))) struct curl_slist

/* The authorities of SSL_CERT_FILE, where that is set, in the place of the system's. */
static inline CURLcode easy_trust(CURL *curl)
{
	const char *authorities = getenv("SSL_CERT_FILE");

	if (authorities == NULL || *authorities == '\0')
		return CURLE_OK;
	return curl_easy_setopt(curl, CURLOPT_CAINFO, authorities);
}
