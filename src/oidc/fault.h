/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fault: a client's mistake, or what stands between a request and its success, in the words
 * of the standard. NULL means none. Most are static constants beside the rule that finds
 * them; one whose description reflects a value is made in the request's arena by fault_with,
 * which cuts it at 200 bytes and turns bytes outside %x20-21 / 23-5B / 5D-7E into '?'
 * (contract, section 4; RFC 6749, 4.1.2.1).
 */

#include "base/arena.h"
#include "base/str.h"
#include "oidc/reason.h"

struct fault {
	const char *error;      /* "invalid_request", "login_required", … */
	struct str description; /* one ASCII sentence */
	enum reason reason;
};

/* `before` + the reflected value + `after`. */
const struct fault *fault_with(struct arena *, const char *error, enum reason,
	const char *before, struct str value, const char *after);

/* ISSUER why/REASON?id=REQUEST_ID */
struct str fault_uri(struct arena *, struct str issuer, enum reason, struct str request_id);
