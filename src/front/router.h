/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * router: which row of the table answers a method and a path. A row whose path is equal comes
 * before every row with '*'; of those the longest prefix wins. Rows that share a path are one
 * place with several methods.
 */

#include "http/handler.h"

struct router;

/* Takes no copy of the table. Aborts without memory. */
struct router *router_new(const struct route *, size_t count);
void router_free(struct router *);

struct router_match {
	const struct route *route; /* NULL: nothing answers */
	unsigned allowed;          /* methods of the path; 0 when there is no such path */
	enum route_form form;      /* of the path, else FORM_PAGE */
	struct str tail;
};

/* `method` 0 is one that no row can have. */
struct router_match router_find(const struct router *, unsigned method, struct str path);

/* "GET, POST": for Allow. */
struct str router_allow(struct arena *, unsigned methods);
