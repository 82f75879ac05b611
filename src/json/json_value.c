/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json_value.h"

#include <jansson.h>

enum { DEPTH_MAX = 64, TEXT_MAX = 16 * 1024 * 1024 };

static void json_drop(json_t **value)
{
	json_decref(*value);
}

#define auto_library_json __attribute__((cleanup(json_drop))) json_t

/* The index behind the string that begins at `i`. */
static size_t skip_string(struct str text, size_t i)
{
	for (i++; i < text.n && text.p[i] != '"'; i++) {
		if (text.p[i] == '\\')
			i++;
	}
	return i + 1;
}

/* The library would go down 2048 levels before it says no. */
static bool is_too_deep(struct str text)
{
	int depth = 0;
	size_t i = 0;

	while (i < text.n) {
		char c = text.p[i];

		if (c == '"') {
			i = skip_string(text, i);
			continue;
		}
		if (c == '[' || c == '{')
			depth++;
		if (c == ']' || c == '}')
			depth--;
		if (depth > DEPTH_MAX)
			return true;
		i++;
	}
	return false;
}

static struct json *convert(struct arena *, json_t *);

static void convert_list(struct arena *a, json_t *from, struct json *ret)
{
	const struct json **tail = &ret->first;

	ret->type = JSON_LIST;
	ret->count = json_array_size(from);
	for (size_t i = 0; i < ret->count; i++) {
		struct json *child = convert(a, json_array_get(from, i));

		*tail = child;
		tail = &child->next;
	}
}

static void convert_map(struct arena *a, json_t *from, struct json *ret)
{
	const struct json **tail = &ret->first;
	void *iter;

	ret->type = JSON_MAP;
	ret->count = json_object_size(from);
	for (iter = json_object_iter(from); iter; iter = json_object_iter_next(from, iter)) {
		struct json *child = convert(a, json_object_iter_value(iter));

		child->key = arena_str(a, str_from(json_object_iter_key(iter)));
		*tail = child;
		tail = &child->next;
	}
}

static void convert_number(json_t *from, struct json *ret)
{
	ret->type = json_is_integer(from) ? JSON_INT : JSON_REAL_VALUE;
	ret->integer = json_integer_value(from);
	ret->real = json_number_value(from);
}

static void convert_str(struct arena *a, json_t *from, struct json *ret)
{
	struct str s = { json_string_value(from), json_string_length(from) };

	ret->type = JSON_STR;
	ret->str = arena_str(a, s);
}

static struct json *convert(struct arena *a, json_t *from)
{
	struct json *ret = arena_new_of(a, struct json);

	switch (json_typeof(from)) {
	case JSON_OBJECT:
		convert_map(a, from, ret);
		break;
	case JSON_ARRAY:
		convert_list(a, from, ret);
		break;
	case JSON_STRING:
		convert_str(a, from, ret);
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		convert_number(from, ret);
		break;
	case JSON_TRUE:
		ret->type = JSON_TRUE_VALUE;
		break;
	case JSON_FALSE:
		ret->type = JSON_FALSE_VALUE;
		break;
	case JSON_NULL:
		ret->type = JSON_NULL_VALUE;
		break;
	}
	return ret;
}

/* In our words: the library's quote what it read, and that may be a secret. */
static const char *what_is_wrong(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "something follows the value";
	case json_error_invalid_utf8:
		return "not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a NUL in a string";
	case json_error_duplicate_key:
		return "a member comes twice";
	case json_error_numeric_overflow:
		return "a number is too large";
	default:
		return "not JSON";
	}
}

static enum err refuse(struct str why, struct str *ret_why)
{
	if (ret_why)
		*ret_why = why;
	return ERR_INVALID;
}

enum err json_parse(
	struct arena *a, struct str text, const struct json **ret, struct str *ret_why)
{
	auto_library_json *value = NULL;
	json_error_t error;

	if (text.n == 0)
		return refuse(S("the text is empty"), ret_why);
	if (text.n > TEXT_MAX)
		return refuse(S("the text is larger than 16 MiB"), ret_why);
	if (is_too_deep(text))
		return refuse(S("more than 64 levels deep"), ret_why);
	value = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (!value)
		return refuse(arena_printf(a, "line %d, column %d: %s", error.line,
				      error.column, what_is_wrong(&error)),
			ret_why);
	*ret = convert(a, value);
	return OK;
}

const struct json *json_get(const struct json *map, const char *key)
{
	struct str name = str_from(key);

	if (!map || map->type != JSON_MAP)
		return NULL;
	json_each(child, map)
	{
		if (str_eq(child->key, name))
			return child;
	}
	return NULL;
}

const struct json *json_get_map(const struct json *map, const char *key)
{
	const struct json *value = json_get(map, key);

	return value && value->type == JSON_MAP ? value : NULL;
}

struct str json_get_str(const struct json *map, const char *key)
{
	const struct json *value = json_get(map, key);

	return value && value->type == JSON_STR ? value->str : (struct str){ 0 };
}

int64_t json_get_int(const struct json *map, const char *key, int64_t fallback)
{
	const struct json *value = json_get(map, key);

	return value && value->type == JSON_INT ? value->integer : fallback;
}

bool json_get_bool(const struct json *map, const char *key, bool fallback)
{
	const struct json *value = json_get(map, key);

	if (!value)
		return fallback;
	if (value->type == JSON_TRUE_VALUE)
		return true;
	return value->type == JSON_FALSE_VALUE ? false : fallback;
}

bool json_list_has(const struct json *map, const char *key, struct str s)
{
	const struct json *list = json_get(map, key);

	if (!list || list->type != JSON_LIST)
		return false;
	json_each(child, list)
	{
		if (child->type == JSON_STR && str_eq(child->str, s))
			return true;
	}
	return false;
}
