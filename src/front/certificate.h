/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* certificate: where one is kept. Apart from front.h because the TLS library's headers and
 * those of src/http have a name in common, and tls.c needs only this. */

struct front_certificate {
	const char *cert_file; /* PEM, the server's certificate first, then its chain */
	const char *key_file;  /* PEM, unencrypted */
};
