/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* reset_password: mails a link by which a forgotten password is set anew. */

#include "login/flow.h"

/*
 * The same work and the same outcome whether anybody has that address or user name.
 * *ret_retry_after above 0: asked too often, nothing was done. ERR_BUSY, ERR_STORE
 */
enum err reset_password_ask(
	const struct flow *, struct str identifier, int64_t *ret_retry_after) MUST_CHECK;
