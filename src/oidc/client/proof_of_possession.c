/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/client/proof_of_possession.h"

#include "oidc/client/mutual_tls.h"

static const struct fault no_certificate = { "invalid_request",
	STR_LIT("The client's tokens are bound to its certificate, and the connection has "
		"none."),
	REASON_REQUEST_INVALID };
static const struct fault no_possession = { "invalid_request",
	STR_LIT("The client must send a DPoP proof, or connect with a certificate."),
	REASON_REQUEST_INVALID };

enum err proof_of_possession_read(const struct dpop_demand *demand,
	const struct http_request *rq, struct possession *ret, const struct fault **ret_fault)
{
	*ret = (struct possession){ .x5t = mutual_tls_thumbprint(rq) };
	return dpop_check(demand, rq, &ret->jkt, ret_fault);
}

const struct fault *proof_of_possession_confirm(
	const struct client *client, const struct possession *held, struct confirmation *ret)
{
	if (client->dpop_bound && held->jkt.n == 0)
		return &dpop_missing;
	if (client->certificate_bound && held->jkt.n == 0 && held->x5t.n == 0)
		return &no_certificate;
	if (client->require_possession && held->jkt.n == 0 && held->x5t.n == 0)
		return &no_possession;
	if (held->jkt.n > 0)
		*ret = confirmation_by_jkt(held->jkt);
	else if (client->certificate_bound || client->require_possession)
		*ret = confirmation_by_x5t(held->x5t);
	return NULL;
}
