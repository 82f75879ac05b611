/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * demo_certificate: what `tacit demo --tls` serves https with: a certificate for the demo's
 * names, under an authority of its own that a browser can be told to trust.
 *
 * The authority signs once and its key is forgotten, never written; it may also vouch for
 * names below localhost only. So trusting it opens nothing. Certificates are good for a
 * month, and are used again until a day before their end, so that trust need not be given
 * at every start.
 *
 *   FOLDER/authority.pem    to give to the browser
 *   FOLDER/certificate.pem  the server's, then the authority's
 *   FOLDER/certificate.key  mode 0600
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct demo_certificate {
	struct str authority_file;
	struct str cert_file;
	struct str key_file;
};

/*
 * `folder` exists and ends in a slash; `names` are host names. Strings live in the arena.
 *
 * ERR_CRYPTO  OpenSSL cannot make it
 * ERR_IO      it cannot be written
 */
enum err demo_certificate_prepare(struct arena *, struct str folder, const char *const *names,
	size_t count, struct demo_certificate *ret) MUST_CHECK;
