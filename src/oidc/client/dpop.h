/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * dpop: Demonstrating Proof of Possession (RFC 9449): does the request come from who holds
 * the key of its DPoP header? The rules of 4.3, all of them; a proof is good once.
 *
 * A proof that carries our nonce is as young as the nonce is: the clock of a browser does not
 * matter. One without is as young as its `iat`, and not enough where a nonce is demanded: who
 * ran a page's code for a moment could have made proofs for tomorrow.
 */

#include "http/request.h"
#include "http/response.h"
#include "oidc/client/confirmation.h"
#include "oidc/fault.h"
#include "tenant/provider.h"

struct dpop_demand {
	const struct provider *provider;
	const struct tenant *tenant;
	const struct issuer *issuer; /* the one that was asked */
	const char *path;            /* below it: "oauth/token" */
	bool nonce_wanted;
	struct str access_token; /* whose digest must be `ath`; empty: at the endpoints that
				    give tokens */
};

/*
 * The thumbprint of the proven key; empty without a DPoP header. *ret_fault: the proof is not
 * accepted, or (use_dpop_nonce) may be repeated with a nonce.
 * ERR_WOULD_BLOCK  there is a proof, and it came on a loop thread
 * ERR_STORE        its jti could not be kept
 */
enum err dpop_check(const struct dpop_demand *, const struct http_request *,
	struct str *ret_jkt, const struct fault **ret_fault) MUST_CHECK;

/* Does this client have to use our nonces? */
bool dpop_wants_nonce(const struct tenant *, const struct client *);

/* The header DPoP-Nonce, to whoever has sent a proof. */
void dpop_offer_nonce(
	const struct tenant *, const struct http_request *, struct http_response *);

extern const struct fault dpop_missing; /* a proof is demanded, and none came */
