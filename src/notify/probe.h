/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * probe: how a URL of our own looks from outside: one GET, as a browser's, for commands. Unlike
 * fetch.h it asks whatever it is told to, so never what a stranger wrote. Certificates are
 * checked (SSL_CERT_FILE names other authorities), no redirect is followed, and the proxy of
 * the environment is used (https_proxy, no_proxy). It takes PROBE_SECONDS at most.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/err.h"

enum { PROBE_SECONDS = 5, PROBE_MAX = 64 * 1024 };

enum probe_end {
	PROBE_ANSWERED,
	PROBE_NO_NAME,     /* the host name means nothing */
	PROBE_NOT_TRUSTED, /* its certificate is not one for that name */
	PROBE_NO_ANSWER,
};

struct probe {
	enum probe_end end;
	struct str why; /* where it did not answer: a few words */
	int status;
	struct str body;     /* the first PROBE_MAX bytes */
	struct str location; /* where it redirects to, or empty */
	bool https_only;     /* it said so (Strict-Transport-Security) */
};

/* All is in the arena. */
struct probe probe_get(struct arena *, struct str url);
