/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * grant: how the token endpoint redeems something for tokens (RFC 6749, 1.3): one file and
 * one struct grant_type each. The endpoint has authenticated the client and found that it
 * may use the grant; `redeem` reads the parameters of its own, loads, checks, writes, and
 * fills the answer.
 */

#include "http/request.h"
#include "oidc/authentication.h"
#include "oidc/fault.h"
#include "oidc/token/access_token.h"
#include "store/user.h"

struct provider; /* tenant/provider.h */

struct token_request {
	const struct provider *op;
	const struct http_request *rq;
	const struct tenant *tenant;
	const struct issuer *issuer; /* the one that was asked */
	const struct params *params;
	const struct client *client;
	struct possession possession;     /* what the caller has proved to hold */
	struct confirmation confirmation; /* what its tokens are bound to */
};

struct token_answer {
	const struct fault *fault; /* refused: nothing below but who and event */
	struct access_token access_token;
	struct str id_token;        /* or empty */
	struct str refresh_token;   /* or empty */
	int64_t refresh_expires_in; /* seconds; 0: it never ends, or that is not told */
	struct str scope;
	const char *issued_token_type; /* RFC 8693, 2.2.1; or NULL */
	/* For the tenant's log. */
	struct str user_id;
	struct str sid;
	struct str audience;
	struct str action; /* that refused, or empty */
	const char *event; /* instead of the grant's own, or NULL */
	bool is_waiting;   /* the fault is the ordinary course: nothing is recorded */
};

struct grant_type {
	const char *name;
	unsigned bit;          /* of enum grant_bit: what the client must have */
	const char *succeeded; /* event types */
	const char *failed;
	enum err (*redeem)(const struct token_request *, struct token_answer *ret);
};

extern const struct grant_type grant_authorization_code;
extern const struct grant_type grant_refresh_token;
extern const struct grant_type grant_client_credentials;
extern const struct grant_type grant_device_code;
extern const struct grant_type grant_token_exchange;

/* audience, or resource (RFC 8707), or empty. */
struct str grant_audience(const struct params *);

/* What of the audience that was granted is asked for now, by resource: all of it when nothing
 * is. The fault is invalid_target. */
const struct fault *grant_narrow(
	const struct token_request *, struct str granted, struct str *ret) MUST_CHECK;

/* Are all words of `scope` in `granted`? */
bool grant_covers(struct str granted, struct str scope);

/* `Service not found: AUDIENCE` (access_denied). */
const struct fault *grant_service_not_found(struct arena *, struct str audience);

/*
 * What a new family of refresh tokens is bound to: a client that does not authenticate has
 * nothing but its key (RFC 9449, 5; RFC 8705, 4); one that does may change keys.
 */
struct confirmation grant_family_confirmation(const struct token_request *);

/*
 * What an opened authorization code gives, once: the client and what else it is bound to were
 * checked. A second use takes back what the first gave. Used by grants that end in one.
 */
struct authorization_code;
enum err grant_redeem_code(const struct token_request *, const struct authorization_code *,
	struct token_answer *ret) MUST_CHECK;

/* An authorization by a person, from which tokens are made. */
struct authorized {
	struct str issuer;
	struct str audience; /* of a registered API, or empty */
	struct str scope;
	struct str claims;    /* the claims parameter, or empty */
	struct str id_claims; /* custom claims, JSON objects, or empty */
	struct str access_claims;
	struct str handle;
	struct str nonce;
	bool auth_time_wanted;
	struct authentication who;
	const struct user *user;
	const char *gty;
};

/* The answer has a refresh token of that family: when it ends, where the tenant wants that
 * told. Everything is used up by now, so what cannot be found out is left out. */
void grant_tell_refresh_end(
	const struct token_request *, struct str family_id, struct token_answer *ret);

/* Before anything is used up: could the id_token be made that openid in `scope` asks for? */
enum err grant_check_id_token(
	const struct token_request *, struct str scope, const struct fault **ret) MUST_CHECK;

/*
 * The access token, the id_token when openid is granted, and scope, into *ret; its other
 * members stay. A fault in *ret when the API is gone.
 */
enum err grant_issue(const struct token_request *, const struct authorized *,
	struct token_answer *ret) MUST_CHECK;
