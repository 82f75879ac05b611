/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * protected_resource: who may use the server's own API (RFC 6750; RFC 9449, 7; RFC 8705, 3),
 * for layers that do not know the protocol: tenant/bearer.h says what it does.
 */

#include "tenant/bearer.h"

enum err protected_resource_read(const struct provider *, const struct tenant *,
	const struct http_request *, const struct bearer_demand *, struct http_response *,
	struct bearer *ret) MUST_CHECK;
