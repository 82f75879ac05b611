/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * distinguished_name: names of X.500 as text (RFC 4514). For certificate.c only.
 *
 * Attribute types are their short or long names, or numbers with dots; values given as hex of
 * their encoding ("#04…") are refused.
 */

#include <stdbool.h>

#include <openssl/x509.h>

#include "base/str.h"

bool distinguished_name_is_one(struct str);

/* Is it this name? False when it is none. */
bool distinguished_name_is(struct str, const X509_NAME *);
