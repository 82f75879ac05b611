/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* end_session_decide: what a log-out at /oidc/logout ends, and whether it asks first. Pure. */

#include <stdbool.h>

struct end_session_facts {
	bool sessions;       /* somebody is signed in in this browser */
	bool hint_names_one; /* and a hint names one of these sessions */
	bool may_ask;        /* sessions.oidc_logout_prompt_enabled */
};

enum end_session_step {
	END_SESSION_NOTHING,
	END_SESSION_NAMED,
	END_SESSION_ASK, /* then all */
	END_SESSION_ALL,
};

enum end_session_step end_session_decide(const struct end_session_facts *);
