/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * body_params: the parameters of a POST body, sent as a form or as a JSON object (which
 * clients of Auth0 do). Members of JSON that are neither strings nor integers are passed
 * over: no endpoint that uses this reads one.
 */

#include "base/err.h"
#include "http/request.h"
#include "oidc/fault.h"

/* NULL and *ret, or the fault: another media type, bad JSON, repeated or malformed. */
const struct fault *body_params(const struct http_request *, struct params *ret) MUST_CHECK;
