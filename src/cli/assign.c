/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/assign.h"

#include "tenant/document_secret.h"
#include "tenant/yaml_value.h"

enum operation { SET, ADD, REMOVE };

static struct json *copy_of(struct arena *a, const struct json *node, struct str key)
{
	struct json *copy = arena_new_of(a, struct json);

	*copy = *node;
	copy->key = key;
	copy->next = NULL;
	return copy;
}

/* The list with `item` at its end, or without all that are like it. */
static const struct json *changed_list(
	struct arena *a, const struct json *list, const struct json *item, bool add)
{
	struct json *result = arena_new_of(a, struct json);
	const struct json **at = &result->first;

	result->type = JSON_LIST;
	json_each(old, list)
	{
		struct json *copy = copy_of(a, old, (struct str){ 0 });

		if (document_same(old, item))
			continue;
		*at = copy;
		at = &copy->next;
		result->count++;
	}
	if (!add)
		return result;
	*at = copy_of(a, item, (struct str){ 0 });
	result->count++;
	return result;
}

static const struct json *child_named(const struct json *map, struct str name)
{
	json_each(child, map) if (str_eq(child->key, name)) return child;
	return NULL;
}

/* The map with `value` under that name; NULL takes it away. */
static const struct json *with_member(
	struct arena *a, const struct json *map, struct str name, const struct json *value)
{
	struct json *result = arena_new_of(a, struct json);
	const struct json **at = &result->first;

	result->type = JSON_MAP;
	result->key = map ? map->key : (struct str){ 0 };
	json_each(old, map)
	{
		const struct json *from = str_eq(old->key, name) ? value : old;
		struct json *copy;

		if (!from)
			continue;
		copy = copy_of(a, from, old->key);
		*at = copy;
		at = &copy->next;
		result->count++;
	}
	if (!value || child_named(map, name))
		return result;
	*at = copy_of(a, value, name);
	result->count++;
	return result;
}

static const struct json *set_at(struct arena *a, const struct json *map, struct str path,
	enum operation op, const struct json *value)
{
	ptrdiff_t dot = str_index(path, '.');
	struct str name = dot < 0 ? path : str_first(path, (size_t)dot);
	const struct json *old = child_named(map, name);

	if (dot >= 0)
		value = set_at(a, old && old->type == JSON_MAP ? old : NULL,
			str_after(path, (size_t)dot + 1), op, value);
	else if (op != SET)
		value = changed_list(
			a, old && old->type == JSON_LIST ? old : NULL, value, op == ADD);
	return with_member(a, map, name, value);
}

static enum err assign_word(
	struct arena *a, const struct json **document, struct str word, struct str *ret_why)
{
	ptrdiff_t equals = str_index(word, '=');
	struct str path = equals > 0 ? str_first(word, (size_t)equals) : (struct str){ 0 };
	struct str text = str_after(word, (size_t)equals + 1);
	const struct json *value = NULL;
	enum operation op = SET;
	unsigned line;

	if (str_ends(path, S("+")) || str_ends(path, S("-"))) {
		op = str_ends(path, S("+")) ? ADD : REMOVE;
		path.n--;
	}
	if (path.n == 0) {
		*ret_why = arena_printf(
			a, "\"" STR_FMT "\" is not FIELD=VALUE", STR_ARG(str_first(word, 100)));
		return ERR_INVALID;
	}
	if (text.n && yaml_parse(a, text, &value, ret_why, &line)) {
		*ret_why =
			arena_printf(a, STR_FMT ": " STR_FMT, STR_ARG(path), STR_ARG(*ret_why));
		return ERR_INVALID;
	}
	if (!value && op != SET) {
		*ret_why = arena_printf(a, STR_FMT ": a value is missing", STR_ARG(path));
		return ERR_INVALID;
	}
	*document = set_at(a, *document, path, op, value);
	return OK;
}

enum err assign(struct arena *a, const struct json *document, const struct str *words,
	size_t count, const struct json **ret, struct str *ret_why)
{
	for (size_t i = 0; i < count; i++) {
		enum err e = assign_word(a, &document, words[i], ret_why);

		if (e)
			return e;
	}
	*ret = document;
	return OK;
}

const struct json *assign_text(
	struct arena *a, const struct json *document, const char *name, struct str value)
{
	struct json node = { .type = JSON_STR, .str = value };

	return with_member(a, document, str_from(name), copy_of(a, &node, (struct str){ 0 }));
}
