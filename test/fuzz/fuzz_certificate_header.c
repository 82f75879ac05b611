/* SPDX-License-Identifier: Apache-2.0 */

/* Certificates in a proxy's header. */
#include "front/certificate_header.h"
#include "fuzz.h"

static void fuzz_input(struct arena *a, struct str text)
{
	struct str der;

	if (certificate_header_read(a, text, &der) != OK)
		return;
	assert(der.n > 3 && der.n < text.n && der.p[0] == 0x30);
}
