/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* gauges: what /metrics asks the running server for: sessions, connections, the store's counts.
 */

#include "db/db.h"
#include "front/front.h"
#include "tenant/provider.h"

/* All three outlive gauges_end. */
void gauges_begin(struct provider *, struct db *, struct front **);
void gauges_end(void);
