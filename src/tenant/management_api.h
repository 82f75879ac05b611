/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * management_api: the one API that every tenant has without naming it: the server's own, below
 * `ISSUER` + "api/v2/", which is its audience (contract, section 8, "Tenant file"). Clients get
 * tokens for it by their client grants. It has no scopes that a person could be given. A tenant
 * file that names it says itself how its tokens look. For tenant.c.
 */

#include "tenant/tenant.h"

/* Sets t->management_audience, and adds the API where it is not among those of the tenant. */
enum err management_api_add(struct tenant *) MUST_CHECK;
