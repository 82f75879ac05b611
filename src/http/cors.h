/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * cors: the Cross-Origin Resource Sharing headers (Fetch, 3.2). It does not know which
 * origins are registered; the endpoint says.
 */

#include "http/request.h"
#include "http/response.h"

/* Access-Control-Allow-Origin: * (no credentials): discovery, jwks, userinfo. */
void cors_any(struct http_response *);

/* The origin exactly, Vary: Origin, and Access-Control-Allow-Credentials: true. */
void cors_origin(struct http_response *, struct str origin);

/* Adds what a preflight asks for: methods, headers (Authorization, Content-Type, Auth0-Client,
 * DPoP), Max-Age. */
void cors_preflight(struct http_response *, const char *methods);

/* Is this an OPTIONS request with Origin and Access-Control-Request-Method? */
bool cors_is_preflight(const struct http_request *);
