/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * session_method: the authentication methods of a session, as its row keeps them:
 * [{"name":"pwd","timestamp":EPOCH_MS},…], written by us and by nobody else.
 */

#include "base/arena.h"
#include "base/str.h"

struct session_method {
	struct str name;
	struct str type;      /* of a second factor; or empty */
	int64_t timestamp_ms; /* since 1970; 0: unknown */
};

/* Takes the first one out of *methods. False: there is none. */
bool session_method_next(struct str *methods, struct session_method *ret);

/* Was that method used in this session? */
bool session_has_method(struct str methods, struct str name);

/* For `amr`, in the words of RFC 8176 where it has one: names, then types: "pwd mfa otp". */
struct str session_method_names(struct arena *, struct str methods);
