/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * style: the one style sheet of the pages. Its URL carries a digest of its text, so that a
 * browser may keep it for ever and still gets a new one after an upgrade.
 */

#include "base/arena.h"
#include "http/handler.h"

#define STYLE_PATH "/u/style.css"

/* "/u/style.css?v=0123456789abcdef" */
struct str style_uri(struct arena *);

/* GET /u/style.css. Touches no provider, so it may run INLINE. */
handler_fn style_sheet;
