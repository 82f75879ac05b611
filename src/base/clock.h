/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * clock: the only place that asks what time it is. Below the front nothing calls it: time
 * enters a handler as rq->now. TACIT_CLOCK_OFFSET=SECONDS moves the wall clock at start
 * (contract, section 8); the caller refuses that on listeners that are not loopback.
 */

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

int64_t clock_now(void);     /* seconds since the epoch, offset included */
int64_t clock_now_ms(void);  /* milliseconds since the epoch, offset included */
int64_t clock_mono_us(void); /* microseconds, monotonic, for durations */
void clock_set_offset(int64_t seconds);

/* 2026-11-21T19:25:00.000Z from epoch milliseconds. */
struct str clock_iso(struct arena *, int64_t epoch_ms);

/* The same into the caller's memory, with a NUL behind it. Years 0 to 9999. */
enum { CLOCK_ISO_SIZE = 25 };
void clock_iso_write(char ret[static CLOCK_ISO_SIZE], int64_t epoch_ms);
