/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_check: is the request itself right? Rows 1 to 5 of the contract's section 4, pure,
 * before anything is looked up that belongs to a person.
 *
 * Two kinds, and the order of the code shows it: until client and redirect_uri (and, for
 * web_message, the origin) are proven, an error stays on our own page; afterwards the client
 * hears about its mistakes itself.
 */

#include "oidc/authorize/authorize_request.h"
#include "oidc/fault.h"
#include "tenant/tenant.h"

/* What the checks may look at. */
struct authorize_subject {
	struct arena *arena;
	const struct tenant *tenant;
	const struct issuer *issuer;
	const struct client *client;       /* NULL: unknown */
	const struct resource_server *api; /* NULL: none asked for, or the userinfo endpoint */
	struct str audience;               /* what was asked for, or the tenant's default */
	const struct authorize_request *request;
	bool is_pushed;    /* it came by /oauth/par */
	bool is_signed;    /* it came in a signed request object */
	struct str device; /* the device_grant that this lets in: nobody is redirected; or empty
			    */
};

/* Fills issuer, client, api and audience from s->tenant and s->request, for that issuer. */
void authorize_subject_load(struct authorize_subject *s, const struct issuer *);

/* Rows 1 to 3. On a fault nothing is redirected. */
const struct fault *authorize_check_before_trust(const struct authorize_subject *) MUST_CHECK;

/* Rows 4 and 5, as a table. */
const struct fault *authorize_check(const struct authorize_subject *) MUST_CHECK;

/*
 * The scopes that this request may have: the OpenID ones, those of the API, offline_access
 * where client and API allow it; each once, in the order asked. Others are dropped silently
 * (auth0-wire, 1.2).
 */
struct str authorize_scope(const struct authorize_subject *);

/* The member "scopes" of what a page shows: [{value, description}]. */
struct json_writer;
void authorize_scope_put(
	struct json_writer *, const struct authorize_subject *, struct str scope);

/* Of those, the ones that the person has to have consented to; empty when none (auth0-wire, 7).
 */
struct str authorize_consent_scope(const struct authorize_subject *, struct str scope);
