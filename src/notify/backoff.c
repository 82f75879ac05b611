/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/backoff.h"

#include <stddef.h>

int64_t backoff_seconds(int64_t attempts)
{
	static const int64_t steps[] = { 2, 10, 60, 300, 900, 3600 };
	size_t last = sizeof(steps) / sizeof(steps[0]) - 1;

	return steps[(size_t)attempts < last ? (size_t)attempts : last];
}
