/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * kept: what a start found in the store: one line in the log for each tenant, with how many
 * sessions and refresh tokens are alive, and which keys sign. A restart signs nobody out, and
 * this says so. Counting walks through them all, so it is done on a thread of its own while
 * the server serves.
 */

#include "tenant/provider.h"

struct kept;

/* The provider outlives it. NULL when no thread can be had: then nothing is said. */
struct kept *kept_count(struct provider *);

/* Waits until all is counted, and frees. NULL is accepted. */
void kept_end(struct kept *);
