/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * access_token: a JWT (Auth0 dialect or RFC 9068) for a registered API, or, where the API says
 * so, a sealed opaque value that it has to ask /oauth/introspect about; without an API an
 * opaque one that is good only at /userinfo. auth0-wire.md 5.4. Nothing is stored: `jti` is
 * "HANDLE.random", where the handle names the authorization it came from, so that one row of
 * revoked_token takes back all it gave.
 */

#include "base/arena.h"
#include "base/err.h"
#include "oidc/client/confirmation.h"
#include "tenant/tenant.h"

struct access_token_request {
	const struct tenant *tenant;
	const struct client *client;
	const struct resource_server *api; /* one, or what tenant/audience.h makes of several;
					      NULL: opaque */
	struct str issuer;
	struct str
		subject; /* user_id, or "CLIENT@clients"; sub is what subject.h makes of it */
	struct str sid;  /* empty for client credentials */
	struct str scope;
	struct str handle; /* authorization id (base64url), or empty: one is made */
	const char *gty;   /* "refresh_token", "client-credentials", … or NULL */
	struct confirmation confirmation; /* the key that it is bound to */
	struct str claims; /* the claims parameter's userinfo part, carried by opaque tokens; or
			      empty */
	struct str custom; /* custom claims, a JSON object, or empty */
	struct str act;    /* who acts for the subject (RFC 8693, 4.1), a JSON object, or empty
			    */
	int64_t not_after; /* an end that is sooner than the usual one; 0: none */
	bool for_web;      /* from /authorize: token_lifetime_for_web */
	int64_t auth_time;
	int64_t now;
};

struct access_token {
	struct str token;
	int64_t expires_in; /* seconds */
	struct str token_type;
};

enum err access_token_make(const struct access_token_request *, struct arena *,
	struct access_token *ret) MUST_CHECK;

/* What a presented token says, once it was proven ours and alive. */
struct access_token_facts {
	struct str client_id;
	struct str subject; /* user_id, or "CLIENT@clients": never for others to see */
	struct str sid;
	struct str scope;
	struct str audience; /* of an API of ours, or several: tenant/audience.h; or empty */
	struct str issuer;
	struct str jti;
	struct str handle;
	struct str claims; /* the claims parameter carried along for userinfo, or empty */
	struct confirmation confirmation; /* what its bearer must hold: the caller checks */
	struct str act;                   /* JSON objects, or empty (RFC 8693, 4.1 and 4.4) */
	struct str may_act;
	struct str custom; /* an opaque token's, for introspection */
	int64_t issued_at;
	int64_t expires_at;
};

/*
 * Opens a JWT (current, next or previous keys; iss one of the tenant's) or an opaque token.
 * Reads revoked_token through `conn`.
 * ERR_INVALID    not ours
 * ERR_NOT_FOUND  expired, or revoked
 */
struct db_conn;
enum err access_token_open(const struct tenant *, struct db_conn *, struct arena *,
	struct str token, int64_t now, struct access_token_facts *ret) MUST_CHECK;
