/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * admin_event: what an administrator changed by command, or by a schedule that one has set, for
 * the tenant's log: type "sapi", as for what the management API changes. `details` says by
 * which command, and the kind and the id of what was changed:
 * {"command":"client delete","kind":"client","id":"shop"}.
 *
 * It is written in the transaction of the change, so that there is neither without the other;
 * where nothing changed there is none. Ids only: no value that was set is in it, since one of
 * them may be a secret.
 */

#include "base/err.h"
#include "base/str.h"
#include "db/db.h"

struct admin_event {
	const char *command;     /* without the program's name: "client delete" */
	const char *description; /* "Delete a client" */
	const char *kind;        /* "user", "client", "key", … */
	struct str id;           /* of what was changed */
	struct str user_id;   /* whose it is, so that a search by user finds it; may be empty */
	struct str client_id; /* which one it is about, likewise */
	struct str sid;       /* may be empty */
	struct str changes; /* JSON object in place of `id`, when it was more than one thing */
	int64_t version;    /* of an action; 0: none */
};

/* Inside the db_write that does it. */
enum err admin_event_write(
	struct db_conn *, const struct admin_event *, int64_t now) MUST_CHECK;
