/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * tls: the certificates, and which one answers which server name (SNI; RFC 6066, 3). TLS 1.2
 * and 1.3 only. The library's question carries no context, so there is one set of
 * certificates in the process; the one loaded last answers.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
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

enum { TLS_CHAIN_MAX = 8 };

/*
 * From now on handshakes for this server name ask the client for a certificate, and go on
 * without one. Nothing else is ever asked for one: a browser would show its person a dialog.
 */
void tls_ask_clients_of(const char *host);

/* Before the handshake of a new session (a gnutls_session_t). */
void tls_begin(void *session);

/*
 * The certificates that the client has shown, its own first, as DER in the arena: it has
 * proved to hold the key of the first, and nothing else was looked at. 0: none.
 */
size_t tls_client_chain(void *session, struct arena *, struct str ret[TLS_CHAIN_MAX]);

/* A gnutls_certificate_retrieve_function2, as the HTTP library wants it. */
void *tls_callback(void);
