/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * device_grant: a device that has no browser of its own and waits until a person lets it in on
 * another one (RFC 8628). oidc makes the row when the device asks; login finds it by the code
 * that the person types and shows `data`; the decision of the authorization endpoint ends it;
 * and the device, which comes again and again, is told.
 *
 * Rows are keyed by the SHA-256 of the device's code. The person's code is short enough to be
 * tried out, so of it a MAC is kept, by which nobody can try without the master key.
 * `code` is a sealed authorization code and of no use without the device's own: its
 * redirect_uri_digest is `key`.
 */

#include "base/arena.h"
#include "db/db.h"

struct device_grant {
	struct str key;      /* SHA-256 of the device code */
	struct str user_key; /* MAC of the user code: tenant/device_user_code.h */
	struct str client_id;
	struct str issuer;    /* the issuer that was asked */
	struct str request;   /* the authorization request, as a query string */
	struct str data;      /* JSON for the page: client_name logo_uri policy_uri tos_uri
				 audience_name scopes [{value, description}] */
	struct str state;     /* "pending", "approved", "denied" */
	struct str code;      /* once it is approved */
	int64_t interval;     /* seconds between two questions of the device */
	int64_t polled_at_ms; /* its last one; 0: none yet */
	int64_t created_at;
	int64_t expires_at;
};

/* ERR_CONFLICT  one of the codes is taken */
enum err device_grant_insert(struct db_conn *, const struct device_grant *) MUST_CHECK;
/* How many wait for a person at `now`; counted up to `most`. */
enum err device_grant_count_waiting(
	struct db_conn *, int64_t now, int64_t most, int64_t *ret) MUST_CHECK;
/* Expired ones are found: the device is told so. ERR_NOT_FOUND */
enum err device_grant_find(
	struct db_conn *, struct arena *, struct str key, struct device_grant *ret) MUST_CHECK;
/* By the person's code, while nobody has answered. ERR_NOT_FOUND  also expired at `now` */
enum err device_grant_find_by_user(struct db_conn *, struct arena *, struct str user_key,
	int64_t now, struct device_grant *ret) MUST_CHECK;
/* The device has asked, and must wait so long from now on. ERR_NOT_FOUND */
enum err device_grant_poll(
	struct db_conn *, struct str key, int64_t interval, int64_t now_ms) MUST_CHECK;
/*
 * The person's answer: approved with a code, or denied with an empty one. The first counts.
 * ERR_NOT_FOUND  answered before, or expired at `now`
 */
enum err device_grant_answer(
	struct db_conn *, struct str key, struct str code, int64_t now) MUST_CHECK;
enum err device_grant_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
