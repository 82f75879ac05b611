/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_jwks: the keys behind a client's jwks_uri (OpenID Connect Core 1.0, 10.1.1), fetched
 * and kept for an hour. A kid that is not among them has them fetched anew, since clients
 * rotate; but whatever comes, a URL is asked every ten seconds at most, and one that failed
 * once a minute. In memory, for the process.
 */

#include "jose/jws.h"
#include "tenant/tenant.h"

typedef enum err client_jwks_fetch_fn(
	struct arena *, struct str_list may_be_private, struct str url, struct str *ret);

/*
 * The text of the set that should hold `kid` (empty: any). It may not: the caller looks.
 * ERR_WOULD_BLOCK  it must be fetched, and may_block is false
 * ERR_INVALID      there is none to be had now
 * ERR_BUSY         too many others are being fetched
 */
enum err client_jwks_get(const struct tenant *, struct arena *, struct str url, struct str kid,
	int64_t now, bool may_block, client_jwks_fetch_fn *, struct str *ret) MUST_CHECK;
