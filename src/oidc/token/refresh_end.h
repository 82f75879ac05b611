/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * refresh_end: when a refresh token is good no more, in one formula: the earliest of its
 * family's absolute end, of its idle end, and, where it lives by a session, of that one's two
 * ends (pains C5).
 */

#include "store/refresh_token.h"
#include "store/session.h"
#include "tenant/settings.h"

/* If nobody uses it from now on; seconds since the epoch, 0: never. `session` is NULL where the
 * family needs none. */
int64_t refresh_family_ends_at(const struct refresh_family *, const struct session *session,
	const struct settings *, int64_t now);
