/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * client_sector: whose clients know a person by the same pairwise subject (OpenID Connect Core
 * 1.0, 8.1): the host of sector_identifier_uri, else the one host of all callbacks. Used by
 * client.c only. That the document behind the URI lists the callbacks is looked at when a
 * client registers itself (oidc/endpoint/registration.h); whoever writes the tenant file is
 * believed.
 */

#include "tenant/client.h"

/* Sets client.sector where it is pairwise. ERR_INVALID  *ret_why: there is none */
enum err client_sector_read(struct arena *, struct client *, struct str *ret_why) MUST_CHECK;
