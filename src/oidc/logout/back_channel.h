/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * back_channel: tells clients, server to server, that a session has ended (OpenID Connect
 * Back-Channel Logout 1.0, 2.5). What ends a session leaves rows (store/logout_call.h); threads
 * of its own make the calls, through notify/fetch.h, and try again, later and later, for a day.
 * A restart forgets nothing, and a call may be made twice: each has a token of its own.
 *
 * Each call is one line in the log; one that came through or was given up is an event of the
 * tenant, too. Sessions that only expire are nobody's log-out: nobody is told.
 */

#include "base/chore.h"
#include "tenant/provider.h"

/* Starts the threads; the provider must outlive them. chore_stop() lets calls that have begun
 * end (at most their timeout). ERR_IO  no thread can be had */
enum err back_channel_start(struct provider *, struct chore **ret) MUST_CHECK;
