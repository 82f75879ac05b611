/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * refresh_decide: the one decision of the refresh_token grant: with a token that is ours and
 * this much known about its family, what happens? Pure: test/unit/test_refresh_family.c
 * visits every combination. RFC 6749, 6; RFC 9700, 4.14; contract, section 8.
 */

#include <stdbool.h>

#include "oidc/fault.h"

/* Which generation of its family the token is. */
enum refresh_generation {
	GENERATION_CURRENT,
	GENERATION_PREVIOUS, /* the one before: good while the window is open */
	GENERATION_OLDER,
	GENERATION_UNKNOWN, /* newer than any that was made: the store was set back */
	GENERATIONS,
};

enum refresh_user { REFRESH_USER_FINE, REFRESH_USER_BLOCKED, REFRESH_USER_GONE, REFRESH_USERS };

struct refresh_facts {
	bool client_matches;
	bool key_matches; /* it is bound to none, or to the one that was proved */
	bool revoked;
	bool revoked_with_session; /* by a log-out or the end of the session */
	bool rotating;
	enum refresh_generation generation;
	bool window_open;
	bool expired; /* idle or absolute */
	enum refresh_user user;
	bool offline; /* need not have a session */
	bool session_live;
	bool scope_granted;    /* what is asked for now was granted then */
	bool audience_granted; /* the same for the audience */
};

enum refresh_step {
	REFRESH_ROTATE,    /* to the next generation: a durable write */
	REFRESH_SUCCESSOR, /* the current generation, once more: no write */
	REFRESH_KEEP,      /* not rotating: the same token stays good */
	REFRESH_REFUSE,
	REFRESH_END, /* refuse and end the family: the token was used before */
};

struct refresh_decision {
	enum refresh_step step;
	const struct fault *fault; /* set when refusing */
};

struct refresh_decision refresh_decide(const struct refresh_facts *);

/* For a token without a family, or that is not ours at all. */
extern const struct fault refresh_unknown;
