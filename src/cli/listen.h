/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * listen: the addresses of `tacit serve`, before the front binds them. A port 0 is made a real
 * one here, because the issuer, and all that is loaded under it, must be known before the
 * first request is answered. The port is kept by a bound socket that does not listen.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum { LISTEN_MOST = 32 };

struct listen {
	const char *addresses[LISTEN_MOST]; /* with real ports */
	size_t count;
	int inherited[LISTEN_MOST]; /* from LISTEN_FDS; then addresses are not used */
	size_t inherited_count;
	unsigned port; /* of the first */
	bool loopback; /* all of them, inherited ones too */
	int reserved[LISTEN_MOST];
	size_t reserved_count;
};

/* ERR_INVALID  *ret_why; ERR_IO  a port cannot be had */
enum err listen_prepare(struct arena *, const struct str *addresses, size_t count,
	bool may_inherit, struct listen *ret, struct str *ret_why) MUST_CHECK;

/* Lets the kept ports go: the front has them. */
void listen_release(struct listen *);
