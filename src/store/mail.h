/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * mail: messages that wait to be sent. The message is sealed (SEAL_STORE): its links are good
 * until they are used. A row is claimed for a while before it is sent and deleted afterwards,
 * so that a server that dies in between sends it again, and two servers do not send it both.
 */

#include "base/arena.h"
#include "db/db.h"

struct mail {
	struct str mail_id;
	struct str sealed;
	int64_t attempts; /* deliveries begun */
	int64_t next_at;  /* not before */
	int64_t created_at;
	int64_t expires_at; /* of no use any more */
};

enum err mail_insert(struct db_conn *, const struct mail *) MUST_CHECK;
/* The one that has waited longest. ERR_NOT_FOUND  none is due at `now` */
enum err mail_next(struct db_conn *, struct arena *, int64_t now, struct mail *ret) MUST_CHECK;
/*
 * attempts + 1, and not due again before `until`. At most one caller gets OK.
 * ERR_NOT_FOUND  another one has claimed it
 */
enum err mail_claim(struct db_conn *, const struct mail *, int64_t until) MUST_CHECK;
/* Not due again before `next_at`. ERR_NOT_FOUND */
enum err mail_postpone(struct db_conn *, struct str mail_id, int64_t next_at) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err mail_delete(struct db_conn *, struct str mail_id) MUST_CHECK;
/* Deletes those that expired before `before`, at most `max`. */
enum err mail_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
