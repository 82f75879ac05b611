/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * resource: the parameter of that name, which may come several times (RFC 8707): each an
 * absolute URI without a fragment that names an API of ours. Several of them share one access
 * token where their settings let them (tenant/audience.h); else the answer is invalid_target.
 */

#include "http/params.h"
#include "oidc/fault.h"
#include "tenant/audience.h"

struct resources {
	struct str list[AUDIENCE_MOST];
	size_t count;
	bool too_many;
};

struct resources resources_read(const struct params *);

/* Are they what they must be? `audience`: the parameter of that name, or empty; with it they
 * can say nothing else. */
const struct fault *resources_check(const struct tenant *, struct arena *,
	const struct resources *, struct str audience) MUST_CHECK;

/* As an audience; empty when there are none. */
struct str resources_audience(struct arena *, const struct resources *);

/*
 * Of what was granted, what is asked for now (RFC 8707, 2.2): all of it when nothing is named.
 * The fault is invalid_target.
 */
const struct fault *resources_narrow(const struct tenant *, struct arena *,
	const struct resources *, struct str granted, struct str *ret) MUST_CHECK;

/* Of the scope that was granted for `granted`, what is left for `narrowed`. */
struct str resources_scope(const struct tenant *, struct arena *, struct str scope,
	struct str granted, struct str narrowed);
