/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* user_fields: a user as the tenant file and the commands write one. */

#include "store/user.h"
#include "tenant/field.h"

/* What a document says of a user; what it does not say is absent. */
struct user_fields {
	struct str user_id;
	struct str email;
	struct str username;
	struct str phone_number;
	struct str name;
	struct str password;
	struct str password_hash;
	bool email_verified;
	bool phone_verified;
	bool blocked;
	struct str app_metadata;    /* JSON text */
	struct str user_metadata;   /* JSON text */
	const struct json *methods; /* authentication_methods, or NULL */
};

/* ERR_INVALID  *ret_why */
enum err user_fields_read(struct arena *, const struct json *, struct user_fields *ret,
	struct str *ret_why) MUST_CHECK;

/* *user with what `body` says; the password is not touched. */
void user_fields_overlay(
	struct arena *, const struct user_fields *, const struct json *body, struct user *);

/* Is nothing different that user_fields_overlay could change? */
bool user_fields_same(struct arena *, const struct user *, const struct user *);

/* The user as a document again, for exports and commands; with `secrets` its hash too. The map
 * is left open. */
struct json_writer;
void user_fields_write(struct arena *, const struct user *, bool secrets, struct json_writer *);

/* "auth0|" and 24 hex digits. */
struct str user_id_new(struct arena *);
