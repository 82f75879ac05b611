/* SPDX-License-Identifier: Apache-2.0 */
#include "http/params.h"

#include "base/url.h"

/* Decodes a name or a value; false when it is malformed. */
static bool decode(struct arena *a, struct str raw, struct str *ret)
{
	struct str text;
	enum err err = url_decode(a, raw, true, &text);

	if (err || !str_is_utf8(text))
		return false;
	*ret = text;
	return true;
}

static struct param *find(const struct params *params, struct str name)
{
	for (size_t i = 0; i < params->count; i++) {
		if (str_eq(params->list[i].name, name))
			return &params->list[i];
	}
	return NULL;
}

static size_t count_pairs(struct str text)
{
	struct str pair;
	size_t n = 0;

	while (n < PARAMS_MAX && str_split(&text, '&', &pair))
		n++;
	return n;
}

static void add(struct arena *a, struct params *params, struct str pair)
{
	struct param param = { 0 };
	struct param *earlier;
	struct str name = pair;
	struct str value = pair;

	if (!str_split(&value, '=', &name) || name.n == 0 || value.n == 0)
		return;
	if (params->count == PARAMS_MAX) {
		params->too_many = true;
		return;
	}
	if (!decode(a, name, &param.name)) {
		params->malformed_name = true;
		return;
	}
	param.malformed = !decode(a, value, &param.value);
	earlier = find(params, param.name);
	if (earlier)
		earlier->repeated = true;
	params->list[params->count++] = param;
}

struct params params_read(struct arena *a, struct str text)
{
	struct params params = { 0 };
	struct str pair;

	if (text.n == 0)
		return params;
	params.list = arena_array(a, struct param, count_pairs(text));
	while (!params.too_many && str_split(&text, '&', &pair))
		add(a, &params, pair);
	return params;
}

const struct param *params_find(const struct params *params, const char *name)
{
	return find(params, str_from(name));
}

struct str params_get(const struct params *params, const char *name)
{
	const struct param *param = params_find(params, name);

	return param ? param->value : (struct str){ 0 };
}
