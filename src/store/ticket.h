/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ticket: a link or a code that was mailed, good once and for a limited time. A link carries a
 * random secret, and its row is keyed by the SHA-256; a code's is keyed by a MAC of the
 * tenant's (login/factor/email_code.c). So nobody who reads the store can use one.
 */

#include "base/arena.h"
#include "db/db.h"

struct ticket {
	struct str key;     /* SHA-256 of the secret, or the code's MAC */
	struct str kind;    /* "verify", "reset", "sign_up", "mfa_code"; "none" opens nothing */
	struct str user_id; /* empty: nobody has an account yet */
	struct str email;   /* where the link was mailed to */
	struct str client_id;
	struct str sealed; /* what the kind keeps for itself (SEAL_TICKET), may be empty */
	int64_t created_at;
	int64_t expires_at;
};

/* ERR_CONFLICT  no such user */
enum err ticket_insert(struct db_conn *, const struct ticket *) MUST_CHECK;
/* ERR_NOT_FOUND  never made, used, or expired at `now` */
enum err ticket_find(struct db_conn *, struct arena *, struct str key, int64_t now,
	struct ticket *ret) MUST_CHECK;
/* Uses it up: at most one caller gets OK. ERR_NOT_FOUND */
enum err ticket_take(struct db_conn *, struct str key, int64_t now) MUST_CHECK;
/* All of a user: what was mailed before a password changed must not change it back. */
enum err ticket_delete_by_user(struct db_conn *, struct str user_id) MUST_CHECK;
/* How many went to that address (any case) after `since`. */
enum err ticket_count(
	struct db_conn *, struct str email, int64_t since, int64_t *ret) MUST_CHECK;
/* How many of that kind a user was mailed after `since`, and has not used. */
enum err ticket_count_unused(struct db_conn *, struct str user_id, struct str kind,
	int64_t since, int64_t *ret) MUST_CHECK;
/* Deletes those that expired before `before`, at most `max`. */
enum err ticket_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
