/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* serve: the server's life, from its options to the signal that ends it. */

#include "cli/command.h"
#include "http/handler.h"

/* What `tacit demo` adds. */
struct serve_extra {
	bool demo;
	struct str issuer; /* the default of --issuer; port 0 becomes the real one */
	/* A tenant file that is applied at start; NULL: none. */
	struct str (*tenant_text)(struct arena *, struct str scheme, unsigned port);
	/* A certificate that was made, or NULL. */
	const char *cert_file;
	const char *key_file;
	/* Instead of the table in routes.c; NULL: that one. */
	const struct route *routes;
	size_t route_count;
	/* Called behind the ready line; NULL: nothing. */
	void (*welcome)(struct cli *, struct str issuer);
};

/* Runs until SIGTERM or SIGINT. The process's exit status. */
int serve(struct cli *, const struct serve_extra *);
