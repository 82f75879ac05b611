/* SPDX-License-Identifier: Apache-2.0 */

/* Names as administrators and strangers write them, and certificates as strangers show them. */
#include "crypto/certificate.h"
#include "fuzz.h"

static void fuzz_input(struct arena *a, struct str text)
{
	struct str der;

	for (enum certificate_name kind = 0; kind < CERTIFICATE_NAMES; kind++) {
		(void)certificate_name_check(kind, text);
		(void)certificate_names(text, kind, S("client.example"));
	}
	(void)certificate_names(text, CERTIFICATE_SUBJECT_DN, S("CN=a,O=b"));
	(void)certificate_is_current(text, 1700000000);
	if (certificate_read_pem(a, text, &der) == OK)
		assert(!certificate_names(der, CERTIFICATE_SAN_DNS, S("of nobody")));
}
