/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* packed: an event or a trace with its strings in one piece of memory, so that it can outlive
 * its request and be handed to the writer. Used by observer.c only. */

#include "store/event.h"
#include "store/trace.h"

struct packed;

/* A copy with weight 1. */
struct packed *packed_event(const struct event *);
struct packed *packed_trace(const struct trace *, int64_t keep);

/* One more like it. For events. */
void packed_weigh(struct packed *);

/* Hands it to db_write_later, and frees it. */
void packed_write(struct packed *, struct db *);
