/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* base32: RFC 4648, 6: how TOTP secrets are written. */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct str base32_encode(struct arena *, struct str bytes); /* without padding */

/* Either case; blanks and padding are passed over, since people copy them along.
 * ERR_INVALID  other characters, or nothing */
enum err base32_decode(struct arena *, struct str, struct str *ret) MUST_CHECK;
