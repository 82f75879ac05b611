/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * certificate_header: the client's certificate as a proxy writes it into a header. Pure. Three
 * ways are common, and told apart by how they begin:
 *
 *   :MIIB…:                     RFC 9440's Client-Cert
 *   -----BEGIN%20CERTIFICATE…   PEM, percent-encoded or with blanks for its line ends
 *   MIIB…                       DER in base64
 *
 * Whether whoever wrote it is to be believed is head.c's business.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

/* ERR_INVALID  none of these, or not the DER of one object */
enum err certificate_header_read(
	struct arena *, struct str value, struct str *ret_der) MUST_CHECK;
