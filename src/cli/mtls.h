/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* mtls: how clients show certificates to this server (--mtls-host, --mtls-ca, --mtls-header).
 */

#include "cli/command.h"

struct mtls {
	bool on;           /* they can */
	const char *alias; /* name[:port] of the endpoints that ask for one, or NULL */
	const char *host;  /* its name alone, as server names are */
	const char *ca;
	const char *header;
};

/* EXIT_DONE, or what refuse() says: options that make no sense together. */
int mtls_choose(struct cli *, struct str issuer, struct mtls *ret);
