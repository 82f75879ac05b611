/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * user: a person's account. The e-mail and the user name are unique without regard to ASCII
 * case; `profile` holds the other claims of OpenID Connect Core 5.1 as a JSON object
 * (given_name, family_name, nickname, picture, address, …), under the standard's names.
 */

#include "base/arena.h"
#include "db/db.h"

struct user {
	struct str user_id; /* "auth0|…" or as given; the `sub` */
	struct str email;
	bool email_verified;
	struct str username;
	struct str phone_number;
	bool phone_verified;
	struct str name;
	struct str password_hash; /* empty: no password */
	bool blocked;
	struct str profile;       /* JSON object */
	struct str app_metadata;  /* JSON object */
	struct str user_metadata; /* JSON object */
	int64_t created_at;
	int64_t updated_at;
	int64_t last_password_reset; /* 0: never */
	int64_t last_login;          /* 0: never */
	struct str last_ip;
	int64_t logins_count;
};

/* ERR_NOT_FOUND */
enum err user_find(
	struct db_conn *, struct arena *, struct str user_id, struct user *ret) MUST_CHECK;
/* By e-mail or user name, any case. ERR_NOT_FOUND */
enum err user_find_by_login(
	struct db_conn *, struct arena *, struct str identifier, struct user *ret) MUST_CHECK;
/* By user_id order, from the one after `after` (empty: the first), at most `max`. */
enum err user_list(struct db_conn *, struct arena *, struct str after, size_t max,
	struct user **ret, size_t *ret_count) MUST_CHECK;
enum err user_count(struct db_conn *, int64_t *ret) MUST_CHECK;

/* ERR_CONFLICT  user_id, e-mail or user name is taken */
enum err user_insert(struct db_conn *, const struct user *) MUST_CHECK;
/* Replaces all but user_id, created_at, last_login, last_ip and logins_count. ERR_NOT_FOUND,
 * ERR_CONFLICT */
enum err user_update(struct db_conn *, const struct user *) MUST_CHECK;
/* ERR_NOT_FOUND, both */
enum err user_set_password_hash(
	struct db_conn *, struct str user_id, struct str hash) MUST_CHECK;
enum err user_note_login(
	struct db_conn *, struct str user_id, struct str ip, int64_t now) MUST_CHECK;
/*
 * With its grants, families and factors. Its live sessions end ("user_deleted", ended_at =
 * their last activity): the rows stay a while, so that its browsers hear session_revoked.
 * Their applications are told (logout_call.h).
 * ERR_NOT_FOUND
 */
enum err user_delete(struct db_conn *, struct str user_id, int64_t now) MUST_CHECK;
