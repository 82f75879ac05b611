/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * random: the operating system's CSPRNG, and nothing else. Failure aborts.
 *
 * A few bytes come out of a stock that each thread fetches in one call of the system, because
 * a silent request asks three times. Bytes that were given out are wiped from it, and after a
 * fork the child fetches its own.
 */

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

void random_bytes(void *, size_t n);

/* `bytes` random bytes as base64url: 16 give 22 characters, 32 give 43. */
struct str random_token(struct arena *, size_t bytes);
