/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * effect: what actions want written: metadata of the user, of the session and of the refresh
 * token; the ends of the latter two; whether the session's cookie outlives the browser; methods
 * they recorded. One transaction, and none where nothing is wanted.
 */

#include "tenant/action_hook.h"
#include "json/json_value.h"

/* Whether anything is to be written. `wish` may be NULL. */
bool effect_is_wanted(const struct json *wish);

/*
 * `wish` may be NULL.
 * ERR_INVALID  it is more than may be kept
 * ERR_BUSY, ERR_STORE
 */
enum err effect_write(const struct action_call *, const struct json *wish) MUST_CHECK;
