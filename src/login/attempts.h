/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * attempts: how often somebody may guess. Failures count per account and address (max_failures
 * of the settings within failure_window), and per address (ATTEMPTS_PER_ADDRESS times that,
 * since many people may share one); of IPv6 the /64 counts. Successes never do.
 *
 * Guesses that run at once cannot slip past the count: no more of them are let in than there
 * are failures left; the others wait for the outcome of those.
 */

#include "http/request.h"
#include "tenant/provider.h"

enum { ATTEMPTS_PER_ADDRESS = 10 };

struct attempts {
	const struct tenant *tenant;
	struct str account; /* digests */
	struct str address;
	int64_t now;
	int64_t since;
	size_t stripe; /* where this one is counted as running */
	bool entered;
};

/*
 * Begins an attempt for `who` (a user_id, or what was typed when nobody has it). When
 * *ret_retry_after is above 0, there were too many, and the caller must not look at the
 * password. Declare it auto_attempts, zeroed.
 *
 * ERR_STORE
 */
enum err attempts_enter(const struct provider *, const struct tenant *,
	const struct http_request *, struct str who, struct attempts *ret,
	int64_t *ret_retry_after) MUST_CHECK;
/*
 * The same for a second factor. Whoever gets here knows the password, so the account alone
 * counts, from wherever they come: six digits are few.
 */
enum err attempts_enter_factor(const struct provider *, const struct tenant *,
	const struct http_request *, struct str user_id, struct attempts *ret,
	int64_t *ret_retry_after) MUST_CHECK;
void attempts_leave(struct attempts *);
#define auto_attempts __attribute__((cleanup(attempts_leave))) struct attempts

/* What of an address is counted: of IPv6 its /64. */
struct str attempts_network(struct arena *, struct str address);

/* Records a failure, durably. Nothing where limits are off. ERR_BUSY, ERR_STORE */
enum err attempts_fail(const struct attempts *) MUST_CHECK;

/* The same inside a db_write. */
enum err attempts_write_failure(struct db_conn *, const struct attempts *) MUST_CHECK;

/* Forgets the account's failures: inside the db_write of a good sign-in. */
enum err attempts_forget(struct db_conn *, const struct attempts *) MUST_CHECK;
