/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * owner: whose page it is, and whom its reader may ask. The same on every page of a tenant;
 * every member may be empty, and then the page says nothing of it.
 */

#include "page/page.h"

struct page_owner {
	struct str site;          /* the tenant's name */
	struct str picture_url;   /* shown in the place of the name, which stands for it */
	struct str locales;       /* the languages to offer, space separated; empty: all */
	struct str support_url;   /* counts only when it is http or https */
	struct str support_email; /* when there is no such URL */
};

/*
 * What the frame reads (`site`, `picture`, `locales`, `support_uri`), and one of `support_url`
 * and `support_email`, the address as a person reads it.
 */
void page_set_owner(struct page *, struct arena *, const struct page_owner *);
