/* SPDX-License-Identifier: Apache-2.0 */
#include "tenant/client_exchange.h"

#include "base/buf.h"
#include "tenant/field.h"

static const char path[] = "token_exchange.targets";

static enum err read_scope(
	struct arena *a, const struct json *list, struct str *ret, struct str *ret_why)
{
	struct buf b = buf_new(a, 64);

	if (list != NULL && list->type != JSON_LIST)
		return field_refuse(a, ret_why, path, "each must have a list as scope");
	json_each(item, list)
	{
		if (item->type != JSON_STR || item->str.n == 0 ||
			str_index(item->str, ' ') >= 0)
			return field_refuse(
				a, ret_why, path, "a scope must be text without blanks");
		buf_addf(&b, "%s" STR_FMT, b.n > 0 ? " " : "", STR_ARG(item->str));
	}
	*ret = buf_str(&b);
	return OK;
}

enum err client_exchange_targets(
	struct arena *a, const struct json *value, struct client *ret, struct str *ret_why)
{
	struct exchange_target *targets;
	size_t n = 0;

	if (value->type != JSON_LIST)
		return field_refuse(a, ret_why, path, "must be a list of {audience, scope}");
	targets = arena_array(a, struct exchange_target, value->count);
	json_each(item, value)
	{
		struct str audience = json_get_str(item, "audience");

		if (audience.n == 0)
			return field_refuse(a, ret_why, path, "each must have an audience");
		targets[n].audience = arena_str(a, audience);
		if (read_scope(a, json_get(item, "scope"), &targets[n].scope, ret_why) != OK)
			return ERR_INVALID;
		n++;
	}
	ret->exchange.targets = targets;
	ret->exchange.target_count = n;
	return OK;
}
