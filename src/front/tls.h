/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tls: the certificates, and which one answers which server name (SNI; RFC 6066, 3). TLS 1.2
 * and 1.3 only. The library's question carries no context, so there is one set of
 * certificates in the process; the one loaded last answers.
 */

#include <stddef.h>

#include "base/err.h"
#include "front/certificate.h"

/* For the library: TLS versions and ciphers. */
#define TLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"

/*
 * Reads all certificates and keys and begins to answer with them. A set that was in use is
 * kept, since a handshake may hold it, until tls_done. Logs what is wrong.
 * ERR_INVALID  a file that cannot be read, or a key that is not the certificate's
 */
enum err tls_load(const struct front_certificate *, size_t count) MUST_CHECK;

/* Frees every set. Nothing may be listening with TLS any more. */
void tls_done(void);

/* A gnutls_certificate_retrieve_function2, as the HTTP library wants it. */
void *tls_callback(void);
