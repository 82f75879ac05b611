/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* webauthn_parts: what the two halves of WebAuthn share. Inside login/factor only. */

#include "login/factor/factor.h"
#include "json/json_value.h"

/* The row's data, or NULL. */
const struct json *webauthn_data(struct arena *, const struct factor *);
bool webauthn_owns(const struct factor *);

/* The host name of the issuer: whose credentials these are. */
struct str webauthn_rp_id(const struct issuer *);
/* Not the user_id itself: authenticators keep it, and may show it (Level 3, 14.6.1). */
struct str webauthn_user_handle(struct arena *, struct str user_id);
/* A credential has one row in the whole tenant; this is its key. */
struct str webauthn_row_id(struct arena *, struct str credential_id);
