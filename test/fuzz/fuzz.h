/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * fuzz: what every harness needs. A harness is `fuzz_input`: it feeds one input to a parser
 * and asserts what must hold for any input; the arena is fresh each time, and the input has
 * no byte behind its end.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

static void fuzz_input(struct arena *, struct str);

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct arena *arena;

	if (!arena)
		arena = arena_new(4096);
	arena_reset(arena);
	fuzz_input(arena, (struct str){ (const char *)data, size });
	return 0;
}
