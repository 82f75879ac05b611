/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * registration_sector: does the document behind sector_identifier_uri name every redirect_uri
 * (OpenID Connect Registration 1.0, 5)? Otherwise anybody could join anybody's sector, and see
 * the same subjects. Fetched each time somebody registers: on POOL.
 */

#include "oidc/fault.h"
#include "tenant/tenant.h"
#include "json/json_value.h"

/* `metadata` is what registers. NULL when it has no such URI, or all is well. */
const struct fault *registration_sector_check(
	const struct tenant *, struct arena *, const struct json *metadata) MUST_CHECK;
