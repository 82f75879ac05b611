/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <stddef.h>

const char *err_name(enum err err)
{
	static const char *const names[] = {
		[OK] = "OK",
		[ERR_NOT_FOUND] = "ERR_NOT_FOUND",
		[ERR_CONFLICT] = "ERR_CONFLICT",
		[ERR_INVALID] = "ERR_INVALID",
		[ERR_WOULD_BLOCK] = "ERR_WOULD_BLOCK",
		[ERR_WAIT] = "ERR_WAIT",
		[ERR_BUSY] = "ERR_BUSY",
		[ERR_STORE] = "ERR_STORE",
		[ERR_CRYPTO] = "ERR_CRYPTO",
		[ERR_IO] = "ERR_IO",
	};

	return (size_t)err < sizeof(names) / sizeof(names[0]) ? names[err] : "ERR_UNKNOWN";
}
