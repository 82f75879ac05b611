/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * notify: mail to people. A message is queued in the store, in the write that makes it due, and
 * a thread of its own sends what is queued: by the tenant's emailProvider (SMTP), or into the
 * folder of --mail-sink, which comes first. What cannot be sent now is tried again, later and
 * later, until it is of no use; a restart forgets nothing. A message may arrive twice.
 *
 * It knows no texts: others write them.
 */

#include "tenant/provider.h"

struct notify_message {
	struct str to; /* one address */
	struct str subject;
	struct str text;
	struct str html;
	int64_t expires_at;
};

/* Could a message reach anybody now? */
bool notify_can_send(const struct provider *, const struct tenant *);

/*
 * Inside a db_write. One with expires_at <= now is stored and never sent: for answers that must
 * take the same time.
 *
 * ERR_INVALID  `to` cannot stand in an SMTP command or a header
 */
enum err notify_queue(struct db_conn *, const struct tenant *, struct arena *,
	const struct notify_message *, int64_t now) MUST_CHECK;

/* Is it one address, as notify_queue wants it? At most 254 bytes of ASCII (RFC 5321, 4.5.3.1).
 */
bool notify_is_address(struct str);

struct notify;

/* Starts the thread; the provider must outlive it. ERR_IO  no thread can be had */
enum err notify_start(struct provider *, struct notify **ret) MUST_CHECK;
/* Lets a delivery that has begun end (at most its timeout). NULL is accepted. */
void notify_stop(struct notify *);
