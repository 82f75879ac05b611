/* SPDX-License-Identifier: Apache-2.0 */
#include "page/script.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "page/script_check_session.h"
#include "page/script_passkey.h"
#include "page/script_signed_out.h"

static const struct script scripts[] = {
	{ "check_session", { script_check_session, sizeof(script_check_session) - 1 },
		STR_LIT(script_check_session_sha256) },
	{ "passkey", { script_passkey, sizeof(script_passkey) - 1 },
		STR_LIT(script_passkey_sha256) },
	{ "signed_out", { script_signed_out, sizeof(script_signed_out) - 1 },
		STR_LIT(script_signed_out_sha256) },
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
