/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorize_continue: where an outside page sends a person back to, to whom an action had sent
 * them (auth0-wire, 4.3). `state` is what the action's URL got: the interaction's id and a
 * number that is good once, in the browser that was sent away (contract, section 8). What else
 * comes with it is kept for onContinuePostLogin, and /authorize/resume decides again.
 *
 * A form posted from another site arrives without our cookie (SameSite=Lax); it is asked to
 * come again by GET, which brings it.
 */

#include "http/handler.h"

/* GET and POST /continue. POOL. */
handler_fn authorize_continue;
