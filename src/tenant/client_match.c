/* SPDX-License-Identifier: Apache-2.0 */
#include "base/url.h"
#include "tenant/client.h"
#include "tenant/url_rule.h"

bool client_has_callback(const struct client *c, struct str redirect_uri)
{
	return url_list_matches(c->callbacks, redirect_uri);
}

bool client_has_logout_url_exactly(const struct client *c, struct str url)
{
	return url_list_matches(c->allowed_logout_urls, url);
}

static struct str without_query(struct str url)
{
	ptrdiff_t at = str_index(url, '?');

	return at < 0 ? url : str_first(url, (size_t)at);
}

bool client_has_logout_url(const struct client *c, struct str url)
{
	struct url parsed;

	/* What is no URL must not become one by cutting. */
	if (url_parse(url, &parsed) || parsed.has_userinfo)
		return false;
	return url_list_matches(c->allowed_logout_urls, url) ||
	       url_list_matches(c->allowed_logout_urls, without_query(url));
}

bool client_has_web_origin(const struct client *c, struct str origin)
{
	return url_list_matches(c->web_origins, origin);
}

bool client_callback_is_on(struct str callback, struct str origin)
{
	struct arena *a = arena_new(1024);
	bool is_on = url_rule_fits(url_rule_origin_of(a, callback), origin);

	arena_free(a);
	return is_on;
}

static bool is_callback_origin(const struct client *c, struct str origin)
{
	for (size_t i = 0; i < c->callbacks.count; i++)
		if (client_callback_is_on(c->callbacks.list[i], origin))
			return true;
	return false;
}

bool client_has_cors_origin(const struct client *c, struct str origin)
{
	return url_list_matches(c->web_origins, origin) ||
	       url_list_matches(c->allowed_origins, origin) || is_callback_origin(c, origin);
}

struct str client_frame_ancestors(const struct client *c, struct arena *a)
{
	struct buf b = buf_new(a, 256);

	for (size_t i = 0; i < c->web_origins.count; i++) {
		if (i > 0)
			buf_addc(&b, ' ');
		buf_add(&b, c->web_origins.list[i]);
	}
	return buf_str(&b);
}
