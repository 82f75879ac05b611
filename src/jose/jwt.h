/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * jwt: the claims set of a JWS (RFC 7519, with the advice of RFC 8725). Reading gives the
 * JSON object; what it must contain is the caller's business, except for times.
 */

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "jose/jws.h"
#include "json/json_value.h"

/* The payload as a JSON object. ERR_INVALID  it is none. Verify the signature first, or know
 * why not. */
enum err jwt_claims(struct arena *, const struct jws *, const struct json **ret) MUST_CHECK;

/* Is `aud` (a string or a list of strings) or one of its members equal to `value`? */
bool jwt_has_audience(const struct json *claims, struct str value);

enum jwt_time { JWT_TIME_FITS, JWT_EXPIRED, JWT_NOT_YET, JWT_TIME_MISSING };

/* exp (required), nbf and iat (if there) against `now`, with `leeway` seconds. */
enum jwt_time jwt_check_times(const struct json *claims, int64_t now, int64_t leeway);

/* The same where exp may be absent (RFC 9101, 4). */
enum jwt_time jwt_check_optional_times(const struct json *claims, int64_t now, int64_t leeway);

/* exp as these read it: a fraction is cut off. 0: there is none. */
int64_t jwt_expires_at(const struct json *claims);
