/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* escape: the only road by which a value enters HTML. */

#include "base/buf.h"

/* Appends with & < > " and ' as character references: right for text and for quoted
 * attribute values, and for nothing else (no script, no style, no unquoted value). */
void escape_add(struct buf *, struct str);
