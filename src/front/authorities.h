/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * authorities: who may vouch for clients' certificates (RFC 8705, 2.1): the certificates of
 * --mtls-ca. Immutable once loaded; the loops share it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct authorities;

/*
 * PEM, one or many. `older` (or NULL) are those in whose place they come: a loop may still be
 * asking them, so they are kept, and freed together. Logs what is wrong.
 * ERR_INVALID  none that can be read
 */
enum err authorities_load(
	const char *file, struct authorities *older, struct authorities **ret) MUST_CHECK;
void authorities_free(struct authorities *); /* NULL is accepted */

/*
 * Does the chain (DER, the client's own first) lead to one of them, each link valid now, and
 * is the first one meant for clients? NULL vouches for nobody.
 */
bool authorities_vouch(const struct authorities *, const struct str *chain, size_t count);
