/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_encryption: what is encrypted to a client, once all its fields are read. Used by
 * client.c only.
 */

#include "tenant/client.h"

/*
 * Fills in the cipher where there is an algorithm (OpenID Connect Registration 1.0, 2).
 * ERR_INVALID  *ret_why: a cipher without an algorithm, or nothing to find a key by
 */
enum err client_encryption_read(
	struct arena *, struct client *, struct str *ret_why) MUST_CHECK;
