/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * refresh_token: a family of refresh tokens: what one authorization gave, and which
 * generation is current. The token itself is {family, generation, MAC} and is never stored.
 * Rotation is one statement; the generation before yields the same successor while the
 * window is open, so two tabs may race (pains C1). Nothing is decided here about windows
 * and lifetimes: oidc/grant/refresh_token.c does that.
 */

#include "base/arena.h"
#include "db/db.h"

struct refresh_family {
	struct str family_id; /* 22 characters of base64url */
	struct str client_id;
	struct str user_id;
	struct str sid;    /* the session it was given in */
	struct str handle; /* the authorization it came from: what revoked_token.h revokes */
	struct str scope;
	struct str audience;
	struct str claims; /* JSON object kept for new id_tokens: nonce excluded, auth_time,
			      amr, acr */
	bool offline;      /* outlives its session */
	bool rotating;
	int64_t generation;
	int64_t created_at;
	int64_t rotated_at; /* when `generation` became current */
	int64_t last_used_at;
	int64_t expires_at;       /* absolute; 0: never */
	int64_t idle_lifetime;    /* seconds; 0: none */
	int64_t revoked_at;       /* 0: live */
	struct str revoke_reason; /* "reuse", "logout", "revoked", "code_replay", … */
};

/* Brings its ends nearer, never pushes them back. Times of day in seconds; 0: that end stays.
 */
void refresh_family_limit(
	struct refresh_family *, int64_t expires_at, int64_t idles_at, int64_t now);

/* ERR_CONFLICT  no such user, or the id is taken */
enum err refresh_family_insert(struct db_conn *, const struct refresh_family *) MUST_CHECK;
/* ERR_NOT_FOUND */
enum err refresh_family_find(struct db_conn *, struct arena *, struct str family_id,
	struct refresh_family *ret) MUST_CHECK;
enum err refresh_family_list_by_user(struct db_conn *, struct arena *, struct str user_id,
	struct refresh_family **ret, size_t *ret_count) MUST_CHECK;
/* generation -> generation + 1, live ones only. ERR_CONFLICT  somebody else was first, or it is
 * revoked */
enum err refresh_family_rotate(
	struct db_conn *, struct str family_id, int64_t generation, int64_t now) MUST_CHECK;
enum err refresh_family_touch(struct db_conn *, struct str family_id, int64_t now) MUST_CHECK;
/* Both as the row has them. ERR_NOT_FOUND  no live family */
enum err refresh_family_set_ends(struct db_conn *, struct str family_id, int64_t expires_at,
	int64_t idle_lifetime) MUST_CHECK;
/* ERR_NOT_FOUND  no live family */
enum err refresh_family_revoke(
	struct db_conn *, struct str family_id, struct str reason, int64_t now) MUST_CHECK;
enum err refresh_family_revoke_by_handle(
	struct db_conn *, struct str handle, struct str reason, int64_t now) MUST_CHECK;
/* Those of a session; with `offline_too` also the offline ones of that session. */
enum err refresh_family_revoke_by_session(struct db_conn *, struct str sid, bool offline_too,
	struct str reason, int64_t now) MUST_CHECK;
enum err refresh_family_revoke_by_user(struct db_conn *, struct str user_id,
	struct str client_id /* or empty */, struct str reason, int64_t now) MUST_CHECK;
/* Those that can still be used, as far as the row tells: the session of one that is not
 * `offline` is not asked. Reads every row. */
enum err refresh_family_count_live(struct db_conn *, int64_t now, int64_t *ret) MUST_CHECK;
/* Deletes what expired, was idle too long or was revoked before `before`, at most `max`. */
enum err refresh_family_prune(
	struct db_conn *, int64_t before, size_t max, int64_t *ret_deleted) MUST_CHECK;
