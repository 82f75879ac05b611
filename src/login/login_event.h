/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* login_event: what happened on a page, for the tenant's log (contract, section 7). What was
 * typed is never in it: people type passwords into the wrong field. */

#include "login/flow.h"

struct login_event {
	const char *type; /* "s", "fp", "fu", "limit_wc", "slo", … */
	const char *description;
	const char *reason; /* may be NULL */
	struct str user_id;
	struct str sid;
};

void login_event_write(const struct flow *, const struct login_event *);

/* The User-Agent header, cut where it stops to tell anything. */
struct str login_user_agent(const struct http_request *);
