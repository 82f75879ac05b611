/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * public_url: does an issuer's URL, asked for as a browser would, lead to the server of this
 * store, and does what is in between (DNS, certificate, proxy) pass on what the server must
 * know? A part of `tacit doctor`.
 */

#include "db/db.h"
#include "tenant/issuer.h"

/* True, or what is wrong with it and how it is mended, "setting: sentence", in the arena. */
bool public_url_check(struct arena *, struct db_conn *, const struct issuer *,
	struct str *ret_verdict, struct str *ret_fix);
