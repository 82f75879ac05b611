/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* arena_rows: rows whose code allocates: an arena for the whole program or for each test. */

#include "rows.h"

static struct arena *a;

static inline int arena_set_up(void **state)
{
	(void)state;
	a = arena_new(64 * 1024);
	return 0;
}

static inline int arena_tear_down(void **state)
{
	(void)state;
	arena_free(a);
	return 0;
}
