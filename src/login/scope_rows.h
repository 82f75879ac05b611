/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* scope_rows: what an application asks for, in words: the list "scopes" of a page, out of the
 * member of that name in the flow's data ([{value, description}]). */

#include "login/flow.h"

void scope_rows_set(const struct flow *, struct page *);
