/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * site: what a browser calls a site (HTML, "schemelessly same site"): the registrable domain
 * of the public suffix list. Cookies of an issuer reach a hidden frame in every browser only
 * when the page around it is on the issuer's site. IP addresses and names without a
 * registrable domain (localhost) are sites of their own. localhost and *.localhost are no
 * public suffixes to us but are to a browser: a.localhost and b.localhost are two sites.
 */

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

/* The site of an origin, which may have a wildcard: "example.co.uk". Empty when it is no http
 * or https URL. */
struct str site_of(struct arena *, struct str origin);

/* Same scheme and same site (browsers count http and https as two). */
bool site_is_same(struct arena *, struct str origin, struct str other);

/* Is this host a public suffix (com, co.uk, github.io), so that nobody can own all below it? */
bool site_is_public_suffix(struct arena *, struct str host);

/* The ASCII form (xn--…) of a host with other letters; empty when there is none. */
struct str site_ascii(struct arena *, struct str host);
