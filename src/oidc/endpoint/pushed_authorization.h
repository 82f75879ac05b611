/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pushed_authorization: the pushed authorization request endpoint (RFC 9126): the client brings
 * its request itself and proves who it is; the browser then carries a name for it. It is
 * checked here by the tables of the authorization endpoint, so that a mistake is told to the
 * client and not to a person.
 */

#include "http/handler.h"

/* POST /oauth/par. POOL. */
handler_fn pushed_authorization;
