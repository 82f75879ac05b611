/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * exchange_token: a token that somebody presents in order to get another one for it (RFC 8693):
 * an access token or an id_token of ours, alive, signed with keys that nobody else has, and
 * of a person who may still sign in. An id_token counts only while its session lives: there is
 * no other way to take one back.
 */

#include "http/request.h"
#include "oidc/client/confirmation.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

#define TOKEN_TYPE "urn:ietf:params:oauth:token-type:"

struct exchange_token {
	struct str subject;   /* user_id, or "CLIENT@clients" */
	struct str shown;     /* the same as its client knows it: sub */
	struct str client_id; /* whose token it is */
	struct str issuer;
	struct str
		audience; /* of an access token; empty: an id_token, or for /userinfo alone */
	struct str scope;
	struct str sid;
	struct str handle; /* of the authorization; empty for an id_token */
	struct str act;    /* JSON objects, or empty */
	struct str may_act;
	bool is_access_token;
	int64_t expires_at;
};

/*
 * `what` is "subject_token" or "actor_token", for the fault; `type` as in NAME_type.
 * `possession`: a bound token is good for whoever has proved to hold its key.
 * ERR_STORE
 */
enum err exchange_token_read(const struct tenant *, const struct http_request *,
	const struct possession *, const char *what, struct str type, struct str token,
	struct exchange_token *ret, const struct fault **ret_fault) MUST_CHECK;
