/* SPDX-License-Identifier: Apache-2.0 */
#include "oidc/body_params.h"

#include "json/json_value.h"

static const struct fault wrong_type = { "invalid_request",
	STR_LIT("The body must be application/x-www-form-urlencoded or application/json"),
	REASON_REQUEST_INVALID };
static const struct fault bad_json = { "invalid_request",
	STR_LIT("The body is not a JSON object"), REASON_REQUEST_INVALID };
static const struct fault too_many = { "invalid_request",
	STR_LIT("The body has too many parameters"), REASON_REQUEST_INVALID };
static const struct fault bad_name = { "invalid_request",
	STR_LIT("The name of a parameter is malformed"), REASON_REQUEST_INVALID };

static const struct fault *check(struct arena *a, const struct params *params)
{
	if (params->too_many)
		return &too_many;
	if (params->malformed_name)
		return &bad_name;
	for (size_t i = 0; i < params->count; i++) {
		const struct param *p = &params->list[i];

		if (p->malformed)
			return fault_with(a, "invalid_request", REASON_REQUEST_INVALID,
				"The parameter is malformed: ", p->name, "");
		/* RFC 8707, 2: resource may come several times. */
		if (p->repeated && !str_is(p->name, "resource"))
			return fault_with(a, "invalid_request", REASON_REQUEST_INVALID,
				"The parameter was sent more than once: ", p->name, "");
	}
	return NULL;
}

static const struct fault *params_of(
	struct arena *a, const struct json *body, struct params *ret)
{
	struct params params = { .list = arena_array(a, struct param, body->count) };

	json_each(member, body)
	{
		struct str value = member->str;

		if (member->type == JSON_LIST || member->type == JSON_MAP)
			return fault_with(a, "invalid_request", REASON_REQUEST_INVALID,
				"The parameter is not a text: ", member->key, "");
		if (member->type == JSON_INT)
			value = arena_printf(a, "%lld", (long long)member->integer);
		else if (member->type != JSON_STR)
			continue;
		if (value.n > 0)
			params.list[params.count++] =
				(struct param){ .name = member->key, .value = value };
	}
	*ret = params;
	return NULL;
}

static const struct fault *read_json(const struct http_request *rq, struct params *ret)
{
	const struct json *body;

	if (json_parse(rq->arena, rq->body, &body, NULL) != OK || body->type != JSON_MAP)
		return &bad_json;
	if (body->count > PARAMS_MAX)
		return &too_many;
	return params_of(rq->arena, body, ret);
}

const struct fault *body_params(const struct http_request *rq, struct params *ret)
{
	struct str type = http_content_type(rq);
	struct params params;
	const struct fault *fault;

	if (str_eq_nocase(type, S("application/json")))
		return read_json(rq, ret);
	if (type.n > 0 && !str_eq_nocase(type, S("application/x-www-form-urlencoded")))
		return &wrong_type;
	params = params_read(rq->arena, rq->body);
	fault = check(rq->arena, &params);
	if (fault == NULL)
		*ret = params;
	return fault;
}
