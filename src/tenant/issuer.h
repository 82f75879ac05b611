/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* issuer: the host names of a tenant as a table, from its own URL and its settings. Used inside
 * tenant/ and by the commands. */

#include "base/err.h"
#include "tenant/tenant.h"

/*
 * NULL, or why this cannot be an issuer: "must be …", one sentence in the arena. An issuer is
 * scheme://host[:port]/ without more, https, or http on localhost (browsers keep the cookies
 * of no other).
 */
const char *issuer_check(struct arena *, struct str url);

/* The issuer of a URL that issuer_check passed. */
struct issuer issuer_make(struct arena *, struct str url);

/* A table of 1 + domains.count: the tenant's own first. */
const struct issuer *issuers_make(struct arena *, struct str url, struct str_list domains);
