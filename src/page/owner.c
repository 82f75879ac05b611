/* SPDX-License-Identifier: Apache-2.0 */
#include "page/owner.h"

#include "base/url.h"

static bool is_web(struct str text)
{
	struct url url;

	return url_parse(text, &url) == OK && url.has_authority &&
	       (str_eq_nocase(url.scheme, S("https")) || str_eq_nocase(url.scheme, S("http")));
}

void page_set_owner(struct page *p, struct arena *a, const struct page_owner *owner)
{
	page_set(p, "site", owner->site);
	page_set_picture(p, a, "picture", owner->picture_url);
	page_set(p, "locales", owner->locales);
	if (is_web(owner->support_url)) {
		page_set(p, "support_url", owner->support_url);
		page_set_url(p, "support_uri", owner->support_url);
	} else if (owner->support_email.n > 0) {
		page_set(p, "support_email", owner->support_email);
		page_set_url(p, "support_uri",
			arena_printf(a, "mailto:" STR_FMT, STR_ARG(owner->support_email)));
	}
}
