/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/proof_of_possession.h"

enum err proof_of_possession_read(const struct dpop_demand *demand,
	const struct http_request *rq, struct possession *ret, const struct fault **ret_fault)
{
	*ret = (struct possession){ 0 };
	return dpop_check(demand, rq, &ret->jkt, ret_fault);
}

const struct fault *proof_of_possession_confirm(
	const struct client *client, const struct possession *held, struct confirmation *ret)
{
	if (client->dpop_bound && held->jkt.n == 0)
		return &dpop_missing;
	*ret = confirmation_by_jkt(held->jkt);
	return NULL;
}
