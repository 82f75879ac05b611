/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * passkey: signing in with nothing else. The browser finds a passkey of this issuer, the
 * authenticator checks who holds it (PIN, finger, face), so it counts as two factors.
 */

#include "login/factor/factor.h"
#include "login/login_form.h"

/* What the browser of this sign-in page is asked to sign. */
struct factor_question passkey_question(const struct flow *);

/* The form came back. ERR_BUSY, ERR_STORE */
enum err passkey_submit(struct flow *, struct http_response *) MUST_CHECK;
