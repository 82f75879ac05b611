/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * proof_of_possession: which keys a request was proved to hold, and what that means for the
 * tokens that its client gets: they are bound to the key of the DPoP proof (RFC 9449), else to
 * the certificate of the connection, where the client asks for that (RFC 8705, 3).
 */

#include "oidc/client/dpop.h"

/* Errors, and *ret_fault, are dpop_check's. */
enum err proof_of_possession_read(const struct dpop_demand *, const struct http_request *,
	struct possession *ret, const struct fault **ret_fault) MUST_CHECK;

/* What tokens of this client are bound to. A fault: it has to prove a key, and did not. */
const struct fault *proof_of_possession_confirm(
	const struct client *, const struct possession *, struct confirmation *ret) MUST_CHECK;
