/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * brand: what a tenant's settings say of its pages, for whoever makes one. The only place that
 * knows both the settings and the page; tenant/ knows no page, and page/ no tenant.
 */

#include "page/owner.h"
#include "tenant/tenant.h"

/* Lives as long as tenant and arena. Nobody's when there is no tenant (NULL). */
struct page_owner brand_owner(const struct tenant *, struct arena *);
