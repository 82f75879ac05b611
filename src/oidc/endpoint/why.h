/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * why: GET /why/REASON?id=REQUEST_ID: what error_uri points to. For a person, a page that
 * says what happened and which setting to change, with the facts of that very request if a
 * trace of it was kept; for a program (Accept: application/json), {reason, error,
 * request_id, setting}. An unknown id shows the reason's page, an unknown reason is 404. It
 * never shows who was asked for. Contract, section 4. Runs INLINE.
 */

#include "http/handler.h"

enum err why(struct provider *, const struct http_request *, struct http_response *);
