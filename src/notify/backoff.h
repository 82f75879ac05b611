/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* backoff: how long somebody else's server is left alone after it failed us. */

#include <stdint.h>

/* Seconds until the next attempt, when `attempts` failed before this one: soon at first, since
 * most troubles are short. */
int64_t backoff_seconds(int64_t attempts);
