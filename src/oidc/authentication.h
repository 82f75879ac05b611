/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authentication: who is signed in and how, as tokens need to know it. Gathered from a
 * session at /authorize, carried inside a code, kept with a refresh family.
 */

#include "base/str.h"

struct authentication {
	struct str user_id;
	struct str sid;
	int64_t auth_time; /* seconds */
	struct str amr;    /* space separated: "pwd mfa otp" */
	struct str acr;    /* empty unless one was asked for and met, or acr_values came */
};
