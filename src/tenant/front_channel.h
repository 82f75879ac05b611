/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * front_channel: which pages of applications the browser is to load when sessions of it have
 * ended (OpenID Connect Front-Channel Logout 1.0, 3): those of the clients that were served in
 * them, with `iss` and `sid` added and nothing else.
 */

#include "tenant/tenant.h"

/* *ret is in the arena; no more than `max`. `sids` may have ended already. ERR_STORE */
enum err front_channel_urls(const struct tenant *, struct arena *, struct str issuer,
	const struct str *sids, size_t count, size_t max, struct str_list *ret) MUST_CHECK;
