/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * effect: what actions want written: metadata of the user, the session's end or its
 * lifetimes, methods they recorded. One transaction, and none where nothing is wanted.
 */

#include "tenant/action_hook.h"
#include "json/json_value.h"

/* `wish` may be NULL. ERR_BUSY, ERR_STORE */
enum err effect_write(const struct action_call *, const struct json *wish) MUST_CHECK;
