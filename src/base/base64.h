/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * base64: RFC 4648. base64url without padding (section 5; RFC 7515, 2) is what tokens,
 * codes and cookies use; the padded standard alphabet serves HTTP Basic and CSP hashes.
 * Decoding is strict: no blanks, no foreign characters, no padding for url, and the unused
 * bits of the last character must be zero, so that each value has one spelling.
 */

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

struct str base64url_encode(struct arena *, const void *, size_t n);
void base64url_add(struct buf *, const void *, size_t n);
struct str base64_encode(struct arena *, const void *, size_t n);

/* ERR_INVALID  not base64url as above. The result may hold NUL bytes. */
enum err base64url_decode(struct arena *, struct str, struct str *ret) MUST_CHECK;
/* The same for the standard alphabet; padding is required. */
enum err base64_decode(struct arena *, struct str, struct str *ret) MUST_CHECK;

/* Lower-case hex, and back (either case). */
struct str hex_encode(struct arena *, const void *, size_t n);
enum err hex_decode(struct arena *, struct str, struct str *ret) MUST_CHECK;
