/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* device_name: what a person calls it, from a User-Agent header: "Firefox, Linux". Good for
 * recognising a device of one's own and for nothing else. */

#include "base/arena.h"

/* Empty when it says nothing we know. */
struct str device_name(struct arena *, struct str user_agent);
