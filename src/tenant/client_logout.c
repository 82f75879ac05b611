/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_logout.h"

#include "base/url.h"
#include "tenant/field.h"

static bool is_on_a_callback(struct arena *a, const struct client *c, struct str uri)
{
	struct url url;
	struct str origin;

	if (url_parse(uri, &url) != OK)
		return false;
	origin = url_origin(a, &url);
	for (size_t i = 0; i < c->callbacks.count; i++)
		if (client_callback_is_on(c->callbacks.list[i], origin))
			return true;
	return false;
}

enum err client_logout_read(
	struct arena *a, struct client *c, struct str_list urls, struct str *ret_why)
{
	if (urls.count > 1)
		return field_refuse(a, ret_why, "oidc_logout.backchannel_logout_urls",
			"must hold one URL at most");
	if (c->backchannel_logout_uri.n == 0 && urls.count == 1)
		c->backchannel_logout_uri = urls.list[0];
	if (c->frontchannel_logout_uri.n > 0 &&
		!is_on_a_callback(a, c, c->frontchannel_logout_uri))
		return field_refuse(a, ret_why, "frontchannel_logout_uri",
			"must have the scheme, host and port of a callback");
	return OK;
}
