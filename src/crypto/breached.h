/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * breached: a list of passwords that are known to be stolen, from a file. Either lines
 * "SHA1" or "SHA1:COUNT" in hexadecimal, sorted (as "Pwned Passwords, ordered by hash" comes),
 * of any size; or one password a line, in any order, up to 64 MiB. The file is mapped, not
 * read: looking into the sorted kind touches a few pages. It must not be changed in place;
 * a new one takes effect at the next start.
 *
 * Immutable once open, so threads share it.
 */

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct breached;

/*
 * ERR_IO       the file cannot be read
 * ERR_INVALID  it is empty, or too large a list of passwords
 */
enum err breached_open(const char *path, struct breached **ret) MUST_CHECK;
void breached_close(struct breached *); /* NULL is accepted */

/* NULL is a list that has nothing. */
bool breached_has(const struct breached *, struct str password);
