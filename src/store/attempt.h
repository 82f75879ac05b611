/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * attempt: failed sign-ins, counted per subject (an account at an address, or an address),
 * in the store so that a restart or a second node does not forget. The subject is a digest.
 */

#include "db/db.h"

/* Failures in a row that are younger than `since`; *ret_last is the newest one's time (0:
 * none). */
enum err attempt_count(struct db_conn *, struct str subject, int64_t since,
	int64_t *ret_failures, int64_t *ret_last) MUST_CHECK;
/* One more failure. */
enum err attempt_fail(
	struct db_conn *, struct str subject, int64_t now, int64_t since) MUST_CHECK;
/* Forgets them: a good sign-in, or an operator. */
enum err attempt_clear(struct db_conn *, struct str subject) MUST_CHECK;
enum err attempt_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
