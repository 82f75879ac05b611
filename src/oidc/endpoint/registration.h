/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * registration: clients that register themselves (RFC 7591, OpenID Connect Registration 1.0)
 * and look after their registration (RFC 7592). Off unless the tenant's
 * flags.enable_dynamic_client_registration; open to all, or to bearers of an initial access
 * token where the tenant names digests of such.
 *
 * A client that registered itself is a third party: consent is asked. Its registration access
 * token is kept as a digest; so is its secret, which is shown once. When the answer leaves, the
 * running tenant knows of the change.
 */

#include "http/handler.h"

/* POST /oidc/register. POOL. */
handler_fn registration;

/* GET, PUT and DELETE /oidc/register/CLIENT_ID. POOL. */
handler_fn registration_management;
