/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * demo_pages: the apps of `tacit demo`, served by the same listener as the issuer, under host
 * names of their own. Static files of web/demo, compiled in; they decide by their host name
 * who they are (web/demo/places.js).
 *
 *   /         the landing page at the issuer, the app at an app's host; from elsewhere a
 *             redirect to the issuer
 *   /demo/…   scripts and style sheet
 */

#include "base/str.h"
#include "http/handler.h"

/* Rows for the table of routes. */
extern const struct route demo_routes[];
extern const size_t demo_route_count;

/* Every host name of the demo, the issuer's first. */
extern const char *const demo_hosts[];
extern const size_t demo_host_count;

/* The tenant file, as it is for http and port 8400. */
struct str demo_tenant_text(void);
