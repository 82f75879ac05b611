/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* routes: everything the server answers, as one table, and what the admin listener answers. */

#include "http/handler.h"

extern const struct route routes[];
extern const size_t route_count;

extern const struct route admin_routes[];
extern const size_t admin_route_count;
