/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_logout: where a client hears of a session's end, once its own fields are read. Used by
 * client.c only.
 */

#include "tenant/client.h"

/*
 * `urls` is Auth0's list for backchannel_logout_uri. ERR_INVALID  *ret_why: several of them, or
 * a frontchannel_logout_uri that is not where the callbacks are (OpenID Connect Front-Channel
 * Logout 1.0, 2)
 */
enum err client_logout_read(
	struct arena *, struct client *, struct str_list urls, struct str *ret_why) MUST_CHECK;
