/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * call: one request to the management API (/api/v2; auth0-wire.md, 11): who may make it, how it
 * is refused, and what it leaves in the tenant's log. Each resource has a file of its own.
 *
 * Refusals are {statusCode, error, message, errorCode, error_uri}, never cached.
 */

#include "http/handler.h"
#include "tenant/provider.h"

struct call {
	struct provider *provider;
	const struct tenant *tenant;
	const struct http_request *rq;
	struct http_response *rs;
	const char *route; /* as in routes.c */
	struct str client_id;
};

struct refusal {
	int status;
	const char *code;    /* errorCode: Auth0's word */
	const char *message; /* one ASCII sentence */
	const char *reason;  /* a word of docs/errors */
};

/*
 * Is this a token for the API with one of these scopes (space separated)? Then rs->status is
 * still 0; else the response is the refusal. Errors are bearer_read_fn's.
 */
enum err call_admit(struct call *, struct str scopes) MUST_CHECK;

void call_refuse(const struct call *, const struct refusal *);

/* A path that does not answer to the method; `allow`: the one that it does answer to. */
void call_refuse_method(const struct call *, const char *allow);

void call_respond(const struct call *, int status, struct str json);

/* Something was changed (type "sapi"). `details`: a JSON object. */
void call_record(const struct call *, const char *description, struct str details);
