/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * pack: small binary records for what is sealed (codes, opaque tokens): integers as eight
 * bytes, big endian, and slices with their length in two bytes before them. A record begins
 * with a version byte, so that a later shape can tell an earlier one. No types are kept: the
 * reader asks in the order of the writer.
 */

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/* Asserts that the slice is shorter than 64 kB: requests are. */
void pack_str(struct buf *, struct str);
void pack_int(struct buf *, int64_t);

/* Reading takes from the front of `rest`. After anything that does not fit, `broken` stays
 * set and all further values are empty. */
struct unpack {
	struct str rest;
	bool broken;
};
struct str unpack_str(struct unpack *);
int64_t unpack_int(struct unpack *);

/* Was all of it read, and nothing amiss? */
bool unpack_end(const struct unpack *);
