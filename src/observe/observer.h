/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * observer: events and traces on their way to the store. Nothing here blocks: records are
 * handed to db_write_later and become readable within a second. Above a rate per client,
 * type and reason, events are sampled, and the record that is kept says in `weight` how many
 * it stands for. Metrics are counted always, before sampling.
 */

#include "store/event.h"
#include "store/trace.h"
#include "tenant/tenant.h"

struct observer;

/* One for the process. `samples_per_second`: events of one client, type and reason kept each
 * second. */
struct observer *observer_new(unsigned samples_per_second);
void observer_free(struct observer *);

/* at_ms, type and what applies; event_id and weight are set here. Strings are copied. */
void observer_event(struct observer *, const struct tenant *, const struct event *);

/* Keeps a sample per (client, reason); always for errors that a person will look up soon. */
void observer_trace(struct observer *, const struct tenant *, const struct trace *);
