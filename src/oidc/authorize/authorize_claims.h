/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_claims: what the claims parameter asks of the authorization itself, not of what a
 * token tells (OpenID Connect Core 1.0, 5.5 and 5.5.1.1): whom it is about (`sub` with a
 * value), and how they must have signed in (`acr`). Pure.
 */

#include "oidc/authorize/authorize_request.h"
#include "oidc/fault.h"
#include "tenant/settings.h"

/*
 * Fills claims_subject, acr_wanted and acr_essential, and acr_values where it has none of its
 * own. A request without the parameter pays nothing. What is malformed asks for nothing:
 * authorize_claims_check refuses it.
 */
void authorize_claims_read(struct arena *, struct authorize_request *);

/* A request that asks for no acr asks for those that its client has registered (OpenID Connect
 * Registration 1.0, 2: default_acr_values). */
void authorize_claims_default(
	struct arena *, struct str_list acr_values, struct authorize_request *);

/* The shape of the parameter, and whether an essential acr can be met at all. */
const struct fault *authorize_claims_check(struct arena *, const struct authorize_request *,
	struct str_list acr_supported) MUST_CHECK;

/* The acr_values that asks for a second factor (auth0-wire, 1.2). */
#define ACR_MULTI_FACTOR "http://schemas.openid.net/pape/policies/2007/06/multi-factor"
