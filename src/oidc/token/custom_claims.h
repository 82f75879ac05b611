/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * custom_claims: what actions put into tokens (api.idToken.setCustomClaim and its twin). They
 * travel as JSON inside a code and with a refresh family, so that a token made later says the
 * same. A claim that the standards or this server define is ignored, whoever sets it: no action
 * speaks for the issuer (auth0-wire, 4.3).
 */

#include "json/json_value.h"
#include "json/json_writer.h"

/* Codes are parts of URLs: so much for both tokens together. */
enum { CUSTOM_CLAIMS_MAX = 4096 };

/* The members of the object `json` (may be empty) that may go into a token, into an open map.
 */
void custom_claims_write(struct json_writer *, struct str json);

/* The members that would be written, as JSON; empty when none are left. */
struct str custom_claims_keep(struct arena *, const struct json *);
