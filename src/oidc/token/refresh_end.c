/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/refresh_end.h"

#include "oidc/session/session_choice.h"

static int64_t sooner(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

int64_t refresh_family_ends_at(const struct refresh_family *f, const struct session *session,
	const struct settings *settings, int64_t now)
{
	int64_t idle_end = f->idle_lifetime > 0 ? f->last_used_at + f->idle_lifetime : 0;
	int64_t end = sooner(f->expires_at, idle_end);

	if (session == NULL)
		return end;
	end = sooner(end, now + session_ends_in(session, settings, now));
	return sooner(end, now + session_idles_in(session, settings, now));
}
