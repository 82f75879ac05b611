/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * forwarded: what a trusted proxy says of the request it passes on: X-Forwarded-For, -Proto
 * and -Host. From anybody else these headers mean nothing and are not looked at.
 */

#include "front/address.h"
#include "http/request.h"

struct trust {
	struct network *networks;
	size_t count;
};

/*
 * Corrects remote, https and host of a request that came from `peer`. In X-Forwarded-For the
 * rightmost address that is not itself a trusted proxy counts: everything left of it was
 * written by strangers. Of the others the last value counts.
 */
void forwarded_apply(struct http_request *, const struct trust *, const struct address *peer);

/* The host in lower case, in the arena. */
struct str host_lower(struct arena *, struct str);
