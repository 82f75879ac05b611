/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/jwt.h"

#include <math.h>

enum err jwt_claims(struct arena *a, const struct jws *jws, const struct json **ret)
{
	const struct json *claims;
	enum err err;

	err = json_parse(a, jws->payload, &claims, NULL);
	if (err != OK)
		return err;
	if (claims->type != JSON_MAP)
		return ERR_INVALID;
	*ret = claims;
	return OK;
}

bool jwt_has_audience(const struct json *claims, struct str value)
{
	const struct json *aud = json_get(claims, "aud");

	if (aud == NULL || value.n == 0)
		return false;
	if (aud->type == JSON_STR)
		return str_eq(aud->str, value);
	return json_list_has(claims, "aud", value);
}

/* NumericDate (RFC 7519, 2) may have a fraction, which is cut off. */
static bool read_time(const struct json *member, int64_t *ret)
{
	const double far = 1e15;

	if (member->type == JSON_INT) {
		*ret = member->integer;
		return true;
	}
	if (member->type != JSON_REAL_VALUE || !(fabs(member->real) < far))
		return false;
	*ret = (int64_t)floor(member->real);
	return true;
}

/* Is the time that `name` tells, if any, not after `latest`? */
static bool has_come(
	const struct json *claims, const char *name, int64_t latest, bool *ret_sane)
{
	const struct json *member = json_get(claims, name);
	int64_t when;

	if (member == NULL)
		return true;
	if (!read_time(member, &when)) {
		*ret_sane = false;
		return false;
	}
	return when <= latest;
}

static enum jwt_time check_times(
	const struct json *claims, int64_t now, int64_t leeway, bool exp_required)
{
	const struct json *exp = json_get(claims, "exp");
	bool sane = true;
	int64_t end = 0;

	if (exp == NULL ? exp_required : !read_time(exp, &end))
		return JWT_TIME_MISSING;
	if (exp != NULL && end <= now - leeway)
		return JWT_EXPIRED;
	if (!has_come(claims, "nbf", now + leeway, &sane) ||
		!has_come(claims, "iat", now + leeway, &sane))
		return sane ? JWT_NOT_YET : JWT_TIME_MISSING;
	return JWT_TIME_FITS;
}

enum jwt_time jwt_check_times(const struct json *claims, int64_t now, int64_t leeway)
{
	return check_times(claims, now, leeway, true);
}

enum jwt_time jwt_check_optional_times(const struct json *claims, int64_t now, int64_t leeway)
{
	return check_times(claims, now, leeway, false);
}

int64_t jwt_expires_at(const struct json *claims)
{
	const struct json *exp = json_get(claims, "exp");
	int64_t end = 0;

	return exp != NULL && read_time(exp, &end) ? end : 0;
}
