/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* client_exchange: what a client may exchange tokens for (RFC 8693), as its document says in
 * token_exchange.targets. For client.c. */

#include "base/arena.h"
#include "base/err.h"
#include "tenant/client.h"

/* `value` is [{audience, scope: [...]}]. ERR_INVALID  *ret_why */
enum err client_exchange_targets(struct arena *, const struct json *value, struct client *ret,
	struct str *ret_why) MUST_CHECK;
