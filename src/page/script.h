/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * script: the few scripts of the pages, compiled in. One stands inline in its page and runs by
 * its hash, which both browsers honour there; whatever else would run does not.
 */

#include "base/str.h"

struct script {
	const char *name; /* "passkey" */
	struct str text;
	struct str hash; /* SHA-256 in base64 */
};

/* NULL for NULL. Asserts that there is such a script. */
const struct script *script_find(const char *name);
