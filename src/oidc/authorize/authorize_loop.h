/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_loop: an application whose page sends the browser here, is given a code at once,
 * since the person is signed in, and sends it here again: it takes withheld cookies for a
 * log-out, does not believe the clock in its tokens, or loses the code. Nobody pressed
 * anything, and the person sees a page that flickers. After so many trips in a row
 * (redirect_loop_limit) they see ours instead, which names the causes.
 *
 * A trip is counted in memory, by session and client, where the browser says that a page sent
 * it and no person did (Fetch Metadata); a program, or a browser that says nothing, goes round
 * as it likes. Trips are told apart by half seconds, so that twenty tabs that a
 * browser opens again at once are a few of them. Requests that are silent are never stopped.
 */

#include <stdbool.h>
#include <stdint.h>

#include "oidc/authorize/authorize_run.h"

struct loop_trips {
	uint16_t who;  /* a part of the hash of session and client */
	uint8_t count; /* in a row */
	int64_t at;    /* the last one, in half seconds since the epoch */
};

/* What the trip of `who` at `at` makes of it. Pure. */
struct loop_trips loop_trips_next(struct loop_trips, uint16_t who, int64_t at);

/* Counts the trip. True: it was one too many; a page is the answer, and counting begins anew.
 */
bool authorize_loop_stop(struct authorize_run *);
