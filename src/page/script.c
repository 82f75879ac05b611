/* SPDX-License-Identifier: Apache-2.0 */
#include "page/script.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "page/script_passkey.h"

static const struct script scripts[] = {
	{ "passkey", { script_passkey, sizeof(script_passkey) - 1 },
		STR_LIT(script_passkey_sha256) },
};

const struct script *script_find(const char *name)
{
	if (name == NULL)
		return NULL;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		if (strcmp(scripts[i].name, name) == 0)
			return &scripts[i];
	}
	assert(!"a script of that name");
	abort();
}
