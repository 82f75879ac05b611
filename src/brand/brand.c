/* SPDX-License-Identifier: Apache-2.0 */
#include "brand/brand.h"

struct page_owner brand_owner(const struct tenant *t, struct arena *a)
{
	const struct settings *s;

	if (t == NULL)
		return (struct page_owner){ 0 };
	s = &t->settings;
	return (struct page_owner){
		.site = s->friendly_name,
		.locales = str_list_words(a, s->enabled_locales),
		.picture_url = s->picture_url,
		.support_url = s->support_url,
		.support_email = s->support_email,
	};
}
