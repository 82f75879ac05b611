/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/token/refresh_decide.h"

#include <stddef.h>

typedef struct refresh_facts facts;

/* Client libraries look for the words "invalid refresh token" before they fall back. */
const struct fault refresh_unknown = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token."), REASON_REFRESH_INVALID };
static const struct fault of_another_key = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token: it is bound to another key."),
	REASON_KEY_MISMATCH };
static const struct fault reused = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token: it was exchanged for a newer one before."),
	REASON_REFRESH_REUSED };
static const struct fault revoked = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token: it was revoked."), REASON_REFRESH_REVOKED };
static const struct fault expired = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token: it has expired."), REASON_REFRESH_EXPIRED };
static const struct fault session_ended = { "invalid_grant",
	STR_LIT("Unknown or invalid refresh token: its session has ended."),
	REASON_SESSION_ENDED };
static const struct fault user_gone = { "invalid_grant",
	STR_LIT("The refresh_token was generated for a user who doesn't exist anymore."),
	REASON_REFRESH_REVOKED };
static const struct fault user_blocked = { "invalid_grant", STR_LIT("user is blocked"),
	REASON_USER_BLOCKED };
static const struct fault scope_refused = { "invalid_scope",
	STR_LIT("A scope is asked for that was not granted with this refresh token."),
	REASON_REQUEST_INVALID };
static const struct fault audience_refused = { "invalid_target",
	STR_LIT("The refresh token was granted for another audience."),
	REASON_REQUEST_INVALID };

static bool of_another_client(const facts *f)
{
	return !f->client_matches;
}

static bool without_its_key(const facts *f)
{
	return !f->key_matches;
}

static bool not_made_yet(const facts *f)
{
	return f->generation == GENERATION_UNKNOWN;
}

static bool not_current_though_it_never_changes(const facts *f)
{
	return !f->rotating && f->generation != GENERATION_CURRENT;
}

static bool ended_with_session(const facts *f)
{
	return f->revoked && f->revoked_with_session;
}

static bool taken_back(const facts *f)
{
	return f->revoked;
}

static bool too_old(const facts *f)
{
	return f->expired;
}

static bool used_before(const facts *f)
{
	return f->generation == GENERATION_OLDER ||
	       (f->generation == GENERATION_PREVIOUS && !f->window_open);
}

static bool of_nobody(const facts *f)
{
	return f->user == REFRESH_USER_GONE;
}

static bool of_somebody_blocked(const facts *f)
{
	return f->user == REFRESH_USER_BLOCKED;
}

static bool without_its_session(const facts *f)
{
	return !f->offline && !f->session_live;
}

static bool wants_more_scope(const facts *f)
{
	return !f->scope_granted;
}

static bool wants_another_audience(const facts *f)
{
	return !f->audience_granted;
}

/*
 * Read from the top; the first that applies decides. A token of another client, or without
 * the key it is bound to, is no use of the family, so it cannot end it: else whoever finds an
 * old token could sign people out.
 */
/* clang-format off */
static const struct {
	bool (*applies)(const facts *);
	enum refresh_step step;
	const struct fault *fault;
} rules[] = {
	{ of_another_client,                   REFRESH_REFUSE, &refresh_unknown },
	{ without_its_key,                     REFRESH_REFUSE, &of_another_key },
	{ not_made_yet,                        REFRESH_REFUSE, &refresh_unknown },
	{ not_current_though_it_never_changes, REFRESH_REFUSE, &refresh_unknown },
	{ ended_with_session,                  REFRESH_REFUSE, &session_ended },
	{ taken_back,                          REFRESH_REFUSE, &revoked },
	{ used_before,                         REFRESH_END,    &reused },
	{ too_old,                             REFRESH_REFUSE, &expired },
	{ of_nobody,                           REFRESH_REFUSE, &user_gone },
	{ of_somebody_blocked,                 REFRESH_REFUSE, &user_blocked },
	{ without_its_session,                 REFRESH_REFUSE, &session_ended },
	{ wants_more_scope,                    REFRESH_REFUSE, &scope_refused },
	{ wants_another_audience,              REFRESH_REFUSE, &audience_refused },
};
/* clang-format on */

struct refresh_decision refresh_decide(const struct refresh_facts *f)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].applies(f))
			return (struct refresh_decision){ rules[i].step, rules[i].fault };
	if (!f->rotating)
		return (struct refresh_decision){ REFRESH_KEEP, NULL };
	if (f->generation == GENERATION_PREVIOUS)
		return (struct refresh_decision){ REFRESH_SUCCESSOR, NULL };
	return (struct refresh_decision){ REFRESH_ROTATE, NULL };
}
