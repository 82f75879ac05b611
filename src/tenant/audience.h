/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * audience: which APIs an access token is for. It is the identifier of one API, or several of
 * them (RFC 8707), in order and each once, with blanks between: so codes, refresh tokens and
 * consents keep one text.
 */

#include "tenant/tenant.h"

enum { AUDIENCE_MOST = 8 };

/*
 * The API, or one that stands for all of them: `parts` are theirs, scopes are put together, of
 * lifetimes the shortest counts, and what one of them does not allow is not allowed. NULL when
 * one of them is not ours, or they cannot share a token: their algorithms, dialects or forms
 * differ, or it is HS256, whose secret is between us and one API.
 */
const struct resource_server *tenant_audience(
	const struct tenant *, struct arena *, struct str audience);

/* In that form. Empty when they are more than AUDIENCE_MOST. */
struct str audience_join(struct arena *, const struct str *list, size_t count);

/* Seconds for which an access token for it, or for a part of it, is good at most. */
int64_t audience_longest_life(const struct tenant *, struct str audience);

/* Does `audience` (in that form) have this one? */
bool audience_has(const struct tenant *, struct str audience, struct str identifier);
