/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * confirmation: the key without which a token is worth nothing (RFC 7800, "cnf"): a DPoP
 * key's thumbprint (RFC 9449, 6) or a certificate's (RFC 8705, 3.1). And what a caller has
 * proved to hold, against which it is compared.
 */

#include "base/buf.h"
#include "json/json_writer.h"

enum confirmation_method {
	CONFIRM_NOTHING, /* good in anybody's hands: Bearer */
	CONFIRM_JKT,
	CONFIRM_X5T,
};

struct confirmation {
	enum confirmation_method method;
	struct str thumbprint; /* SHA-256 as base64url */
};

/* Proven for this request; empty where nothing was. */
struct possession {
	struct str jkt; /* by a DPoP proof */
	struct str x5t; /* by the certificate of the connection */
};

/* NOTHING for an empty thumbprint. */
struct confirmation confirmation_by_jkt(struct str thumbprint);
struct confirmation confirmation_by_x5t(struct str thumbprint);

bool confirmation_is_met(const struct confirmation *, const struct possession *);

/* "DPoP" or "Bearer". */
struct str confirmation_token_type(const struct confirmation *);

/* The member cnf, where there is something to confirm; and back, from the whole object. */
void confirmation_write(struct json_writer *, const struct confirmation *);
struct confirmation confirmation_read(const struct json *);
